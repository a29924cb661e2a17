"""Staff accounts: invitation, password, second factor, idle lock. Top of the building: no desk imports it."""

# Ours stand in front of allauth's: codes are counted and work once, and what no browser made is refused politely.
MFA_FORMS = {
    "authenticate": "clinic.accounts.forms.CodeForm",
    "reauthenticate": "clinic.accounts.forms.AgainForm",
    "add_webauthn": "clinic.accounts.passkey_forms.AddPasskeyForm",
    "authenticate_webauthn": "clinic.accounts.passkey_forms.PasskeyForm",
    "reauthenticate_webauthn": "clinic.accounts.passkey_forms.PasskeyAgainForm",
}
