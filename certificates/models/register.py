"""The public register: what of a certificate is listed, and the words by which it is found (contract B3, B6)."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates.models.certificates import Certificate
from certificates.states import CertificateState, Status, status_of
from schemes.models import Scheme


class RegisterEntry(models.Model):
    """That a certificate is listed on the public register: only while its holder consents to it.

    Holds the name as it may be read and as it sorts, and a copy of how the certificate stands, which the database
    itself keeps up with it (trigger), so that no service can forget to. A list of names reads no certificate.
    """

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="entry")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=250)
    sort_key = models.CharField(max_length=250, db_collation="C")
    number = models.CharField(_("number"), max_length=30, unique=True, db_collation="C")
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    state = models.CharField(_("state"), max_length=10, choices=CertificateState)
    next_state = models.CharField(max_length=10, choices=CertificateState, blank=True)
    next_from = models.DateField(null=True)

    class Meta:
        verbose_name = _("entry of the register")
        verbose_name_plural = _("entries of the register")
        ordering = ("sort_key", "id")
        indexes = (
            models.Index(fields=["sort_key", "id"], name="certificates_entry_sort"),
            models.Index(fields=["scheme", "sort_key", "id"], name="certificates_entry_scheme"),
            models.Index(
                fields=["sort_key", "id"],
                condition=~Q(state="valid") | Q(next_state__in=["suspended", "revoked"]),
                name="certificates_entry_marked",
            ),
        )

    def __str__(self) -> str:
        """Show the name."""
        return self.name

    def status_on(self, day: date) -> Status:
        """Return what a reader is told on `day` (today or later)."""
        has_come = self.next_from is not None and day >= self.next_from
        state = CertificateState(self.next_state if has_come else self.state)
        return status_of(state, self.valid_from, self.valid_until, day)


class RegisterWord(models.Model):
    """What a listed name is found by: a folded word of it, or two of them (certificates.register_words).

    `word` with `sort_key` is an index that answers page after page in order.
    """

    entry = models.ForeignKey(RegisterEntry, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=80, db_collation="C")
    sort_key = models.CharField(max_length=250, db_collation="C")

    class Meta:
        verbose_name = _("word of the register")
        verbose_name_plural = _("words of the register")
        constraints = (models.UniqueConstraint(fields=["entry", "word"], name="certificates_word_once"),)
        indexes = (models.Index(fields=["word", "sort_key", "entry"], name="certificates_word_search"),)

    def __str__(self) -> str:
        """Show the word."""
        return self.word
