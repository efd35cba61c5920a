"""Small collectors that run where Python is not: Windows (PowerShell). Their output is data with a JSON Schema beside it."""
