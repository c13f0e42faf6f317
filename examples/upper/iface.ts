// A duplex stream method: what comes in goes out in upper case.
import type { CreateIface } from "@autod/autod/server";

export default (() => ({
  upper() {
    const decoder = new TextDecoderStream();
    const upperCase = new TransformStream<string, string>({
      transform: (text, out) => out.enqueue(text.toUpperCase()),
    });
    return {
      writable: decoder.writable,
      readable: decoder.readable.pipeThrough(upperCase)
        .pipeThrough(new TextEncoderStream()),
    };
  },
})) satisfies CreateIface;
