"""Imported by every Python that starts with this folder on its path: a server of a browser test.

What a face log-in asks is then TEST_FACE_ACTION instead of chance, because a clip for the camera
must be made beforehand. Nothing in the program itself can be set so.
"""

import os

if "TEST_FACE_ACTION" in os.environ:
    from proctor_app.services import face_login
    from proctor_app.vision.challenge import Action

    asked = Action(os.environ["TEST_FACE_ACTION"])
    face_login.any_action = lambda: asked
