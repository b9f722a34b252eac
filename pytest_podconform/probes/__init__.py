"""The four probe mechanisms: asynchronous IO, and a pure `outcome` of what came back."""
