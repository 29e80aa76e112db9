WORD = "secret"
