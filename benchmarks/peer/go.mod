module podconform.invalid/peer

go 1.22
