"""The course: lessons and exercises; it uses the library, never the other way."""
