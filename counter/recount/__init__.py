"""Recount: the rule of today applied to the rows of the past, from the people that they hold."""
