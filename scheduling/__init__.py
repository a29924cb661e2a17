"""When, with whom: times, visits and what joins the other desks."""
