module example.invalid/client

go 1.24
