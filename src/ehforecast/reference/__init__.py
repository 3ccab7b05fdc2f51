"""Published facts with source and date: bank holidays, school terms, area codes and national shocks."""
