"""Two tenants that have everything, and one that was never there; each has a word and a number.

The word stands in every name and text of a tenant, the number in every figure: wherever they turn
up in an answer, something of that tenant is told. The one that is there no more than its name is
spelled like the other one and sorts right behind it, so that nothing but its absence differs.
"""

from typing import NamedTuple


class Customer(NamedTuple):
    """A tenant by all the names that it and its things have."""

    word: str
    number: int
    tag: str

    @property
    def key(self) -> str:
        """The id of its admin's key; ids of keys are 16 letters and digits."""
        return f"{self.word}admin22222"

    @property
    def user_key(self) -> str:
        return f"{self.word}user222222"

    @property
    def tier(self) -> str:
        return f"{self.word}-tier"

    @property
    def tenant_class(self) -> str:
        return f"{self.word}-class"

    @property
    def old_key(self) -> str:
        """A project's, which works on for a while."""
        return f"{self.word}batch22222"

    @property
    def new_key(self) -> str:
        """The one in its place."""
        return f"{self.word}batch33333"

    @property
    def project(self) -> str:
        return f"{self.word}-web"

    @property
    def project_id(self) -> str:
        return f"{self.word}/{self.project}"

    @property
    def network(self) -> str:
        figures = str(self.number)
        return f"fd{figures[:2]}:{figures[2:6]}:{figures[6:]}0::/48"

    @property
    def endpoint(self) -> str:
        """Its own."""
        return f"{self.word}-own"

    @property
    def rack(self) -> str:
        """Its own, set up through the registry, with a secret."""
        return f"{self.word}/rack"

    @property
    def ours(self) -> str:
        """A private model, served there under a name that is nobody's."""
        return f"@{self.word}/ours"

    @property
    def ours_release(self) -> str:
        return f"{self.ours}@undated"

    @property
    def ours_offering(self) -> str:
        return f"{self.rack}/{self.word}-ours"

    @property
    def dedicated(self) -> str:
        """The platform's, for it alone."""
        return f"{self.word}-dedicated"

    @property
    def former(self) -> str:
        """Its own once."""
        return f"{self.word}-former"

    @property
    def model(self) -> str:
        """Private: known to nobody else."""
        return f"{self.word}/private"

    @property
    def release(self) -> str:
        return f"{self.model}@undated"

    @property
    def native(self) -> str:
        return f"{self.word}-hosted"

    @property
    def hosted(self) -> str:
        """What a catalog lists at the dedicated endpoint."""
        return f"{self.word}/{self.native}"

    @property
    def offering(self) -> str:
        return f"{self.endpoint}/{self.word}-v1"

    @property
    def hosted_offering(self) -> str:
        return f"{self.dedicated}/{self.native}"

    @property
    def rule(self) -> str:
        return f"{self.word}-deny"

    @property
    def rule_id(self) -> str:
        return f"{self.word}/{self.rule}"

    @property
    def policy(self) -> str:
        """Its own; version 1 decides, version 2 is a draft."""
        return f"{self.word}-policy"

    @property
    def policy_id(self) -> str:
        return f"{self.word}/{self.policy}@1"

    @property
    def traces(self) -> tuple[str, ...]:
        """What tells of it in an answer."""
        return (self.word, str(self.number), self.network.partition("::")[0])


OWN = Customer("quokka", 350417926, "juggling")
OTHER = Customer("wombat", 716053918, "yodelling")
ABSENT = Customer("wombax", 716053919, "yodellinh")
# Where what they set up lies: no name is asked for, and nobody is called.
ADDRESS = "93.184.216.34"
# What was the other one's first, and is one's own now.
HANDED_OVER = "rack-seven"
# What the platform dedicates to both; neither learns of the other by it.
BOTH = "rack-for-two"
# Whoever speaks for the platform; tenants are not told who that is.
PLATFORM = "narwhal"
# The revision that the world ends at.
NEWEST = 14
