"""Why an estimate is what it is: exact Shapley values, the reasons made of them, and how steady they are."""
