"""Safety: text, numbers and foreign code at the door, whatever they hold."""
