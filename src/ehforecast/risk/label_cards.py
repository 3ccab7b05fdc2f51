"""What each outcome is, in words: who decides it, what it misses, and how being watched feeds it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LabelCard:
    """What stands between a label and what it is taken for.

    Attributes:
        definition: what counts, in words.
        decided_by: whose judgement makes the label.
        misses: what happened and is not in it.
        surveillance: how being known and watched raises it.
        never_read_as: what the estimate is not.
    """

    definition: str
    decided_by: str
    misses: str
    surveillance: str
    never_read_as: str


_SURVEILLANCE = (
    "Families who are helped are seen more, and what is seen is referred: in a national evaluation statutory "
    "contact rose after help began without more harm. Past help also lowers a later return. The estimate is "
    "under services as given."
)
_NOT_HARM = "Not harm, nor need, nor a forecast of what parents will do: a recorded event, given services as they were."

ESCALATION = LabelCard(
    definition=(
        "The first of: a referral to children's social care that was accepted (no further action is no, or "
        "unknown with an assessment begun on it), a section 47 enquiry, a child in need plan, a child protection "
        "plan, or becoming looked after. Counted from the day after the estimate."
    ),
    decided_by="The council's social workers and managers, by local thresholds that differ between teams and years.",
    misses=(
        "Harm that nobody noticed or reported; help given outside the council's records; events in another "
        "council; referrals that were turned away."
    ),
    surveillance=_SURVEILLANCE,
    never_read_as=_NOT_HARM,
)
CSC_RE_REFERRAL = LabelCard(
    definition=(
        "A referral to children's social care within 12 months (1 to 365 days) of a previous referral of the same "
        "child: the definition of DfE's children in need census. Referrals that ended in no further action count, "
        "as in the census."
    ),
    decided_by="Whoever refers, and the council that records a contact as a referral or does not.",
    misses=(
        "Returns recorded as contacts only; referrals of a brother or sister; referrals in another council; a "
        "first referral, however serious, is not in it. DfE's published share is of referrals, not of children or "
        "closures."
    ),
    surveillance=_SURVEILLANCE,
    never_read_as=_NOT_HARM,
)
EARLY_HELP_RE_REFERRAL = LabelCard(
    definition=(
        "A new early help episode of the same child after the closure, within 12 months. An episode that follows "
        "as a planned step down from children's social care is not a return. It is not DfE's re-referral, and "
        "never joins its series."
    ),
    decided_by="The early help service that offers, and the family that accepts: help is voluntary.",
    misses=(
        "Families who asked and were turned away or declined; help by schools, health or the voluntary sector "
        "that was never recorded; children who went to children's social care instead."
    ),
    surveillance=(
        "A return may be a success: families come back to help they trust. Known families are offered it sooner."
    ),
    never_read_as="Not a failure of the family or of the help before.",
)
EARLY_HELP_OFFERED_AGAIN = LabelCard(
    definition="A contact of the same child that led to an offer of early help after the closure, within 12 months.",
    decided_by="The front door, which decides that early help is what should follow.",
    misses="Whether the family accepted; offers made without a contact.",
    surveillance=EARLY_HELP_RE_REFERRAL.surveillance,
    never_read_as=EARLY_HELP_RE_REFERRAL.never_read_as,
)
