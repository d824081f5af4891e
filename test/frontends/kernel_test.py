"""Jupyter's own tests of a kernel, jupyter_kernel_test, on ours."""

import unittest

import jupyter_kernel_test

PICTURE = """display({
    [Symbol.for('Jupyter.display')]: () => ({ 'image/png': 'iVBORw0KGgo=', 'text/plain': 'a picture' }),
})"""


class FoveaTests(jupyter_kernel_test.KernelTests):
    kernel_name = "fovea"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [{"text": "Math.sq", "matches": {"sqrt", "SQRT1_2", "SQRT2"}}]
    complete_code_samples = ["1", "console.log('x')", "function f(x: number) {\n  return x\n}"]
    incomplete_code_samples = ["console.log(", "function f(x: number) {", "`template"]
    invalid_code_samples = ["const const", "x y z"]
    code_generate_error = "throw new RangeError('too far')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "6 * 8", "result": "48"},
    ]
    code_display_data = [{"code": PICTURE, "mime": "image/png"}]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "viz"
    code_clear_output = "clearOutput()"


if __name__ == "__main__":
    unittest.main()
