"""nbgrader's configuration for these labs: copy it into the folder of the course.

nbgrader knows stubs for Python, R, MATLAB, Octave, SAS and Java alone, and refuses other languages.
"""

c = get_config()  # noqa: F821 (traitlets provides it)

c.ClearSolutions.code_stub = {
    "typescript": "// YOUR CODE HERE\nthrow new Error('Not implemented')",
}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"

# Loading a network takes seconds; no cell of a lab takes half a minute.
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.interrupt_on_timeout = True
