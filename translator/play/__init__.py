"""The playground: edit an event and mappings in a browser, and see what becomes of the event.

May import everything but the command line. Nothing else imports it.
"""
