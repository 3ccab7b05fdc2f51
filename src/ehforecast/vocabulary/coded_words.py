"""Words of a code list as people say them."""


def coded_words(code: str) -> str:
    """A word of a code list as people say it, also where it is part of a longer name.

    >>> coded_words("universal_plus"), coded_words("la_services"), coded_words("all")
    ('universal plus', 'services of the local authority', 'all')
    """
    return code.replace("la_services", "services of the local authority").replace("_", " ")
