"""From outcomes to what people and machines read: the gate, the document, the terminal."""
