"""The window: application, pages, widgets, and the thread that runs a job.

The only room that imports Qt. It reads the project, runs jobs, and computes nothing a job should.
Torch never comes in on the way to the first window.
"""

from ssl_studio.gui.immortal import keep_constants_alive

keep_constants_alive()
