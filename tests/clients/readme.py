"""The README's programs and the file for `llm`, with the gateway's address in place of the usual one.

Usage: readme.py README ADDRESS FOLDER
"""

import os
import re
import sys

readme, address, folder = sys.argv[1:]
with open(readme, encoding="utf-8") as file:
    text = file.read().replace("http://127.0.0.1:8787", address.removesuffix("/v1"))
programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
models = re.findall(r"```yaml\n(- model_id.*?)```", text, re.DOTALL)
assert len(programs) == 4 and len(models) == 1, (programs, models)
for number, program in enumerate(programs, 1):
    with open(os.path.join(folder, f"readme-{number}.py"), "w", encoding="utf-8") as file:
        file.write(program)
with open(os.path.join(folder, "extra-openai-models.yaml"), "w", encoding="utf-8") as file:
    file.write(models[0])
