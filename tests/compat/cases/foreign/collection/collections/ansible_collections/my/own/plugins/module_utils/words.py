END = "."


def said(text):
    return "it says: " + text
