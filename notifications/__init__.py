"""The post room: may we contact this address, what did we send, did it arrive."""
