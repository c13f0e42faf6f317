import { assertEquals } from "@std/assert";
import { fitError } from "./answer.ts";

Deno.test("fitError() leaves out what is an error's own before its name, stack and causes", () => {
  const cause = { name: "Error", message: "first", stack: "s".repeat(100) };
  const data = { name: "Own", message: "m", stack: "Own: m", cause, code: "E" };
  const error = {
    code: 1,
    message: "m",
    data: { ...data, own: "x".repeat(500) },
  };
  const whole = JSON.stringify(error).length;
  const { name, message, stack } = data;
  assertEquals(fitError(error, whole), error);
  assertEquals(fitError(error, whole - 1).data, {
    name,
    message,
    stack,
    cause,
  });
  assertEquals(fitError(error, 150).data, { name, message, stack });
  assertEquals(fitError(error, 50), { code: 1, message: "m" });
});
