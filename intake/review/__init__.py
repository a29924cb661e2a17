"""The clinician's page: one person's answers on a sheet that prints, who is to be read, and the sign-off.

`sheet` gathers, `scores` and `trend` turn answers into numbers and a picture, `worklist` says who waits.
When the visit is comes from above: `clinic.urls` passes `urls.review_urls()` a callable.
"""
