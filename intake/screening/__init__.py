"""What is asked before a visit, what the answers come to, and who must know."""
