"""Who plays in the demo data. Names are common Azerbaijani ones; numbers have the right form and belong to nobody."""

from dataclasses import dataclass
from datetime import date

from accounts.states import Role

DEMO_PASSWORD = "sertifikat-2026"  # noqa: S105 -- printed at every start of the development server


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone who works for the body."""

    login: str
    surname: str
    given_name: str
    patronymic: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Applicant:
    """Someone who applies; those with a `login` are printed among the demo accounts."""

    login: str
    surname: str
    given_name: str
    patronymic: str
    born: date
    card: str
    fin: str
    district: str
    language: str = "az"
    special_needs: str = ""
    scheme: str = "coach-6"


DEMO_SCHEME = "demo-mentor-5"  # certbody/demo/demo-scheme.toml: made up, to show scopes and a renewal on evidence
OFFICER = Staff("officer", "Həsənova", "Nigar", "Rafiq qızı", (Role.OFFICER,))
SECOND_OFFICER = Staff("officer2", "Bağırov", "Elşad", "Tofiq oğlu", (Role.OFFICER,))
ASSESSOR = Staff("assessor", "Quliyev", "Rəşad", "İlqar oğlu", (Role.ASSESSOR,))
SECOND_ASSESSOR = Staff("assessor2", "Məmmədova", "Leyla", "Əhməd qızı", (Role.ASSESSOR, Role.DECIDER))
THIRD_ASSESSOR = Staff("assessor3", "Əsgərov", "Samir", "Bəhruz oğlu", (Role.ASSESSOR,))
DECIDER = Staff("decider", "İsmayılov", "Tural", "Vaqif oğlu", (Role.DECIDER,))
AUDITOR = Staff("auditor", "Cəfərova", "Aynur", "Şahin qızı", (Role.AUDITOR,))
SYSADMIN = Staff("sysadmin", "Nəbiyev", "Kamran", "Oqtay oğlu", (Role.SYSADMIN,))
STAFF = (OFFICER, SECOND_OFFICER, ASSESSOR, SECOND_ASSESSOR, THIRD_ASSESSOR, DECIDER, AUDITOR, SYSADMIN)

_ROWS = (
    ("candidate", "Əliyeva", "Günel", "Natiq qızı", 1994, "AA 4120783", "5KD2M7A", "Nəsimi"),
    ("submitted", "Hüseynov", "Fərid", "Azər oğlu", 1988, "AZE 10457362", "2XJ9R4B", "Yasamal"),
    ("submitted2", "Şıxəliyeva", "Xədicə", "Rövşən qızı", 1991, "AA 3304518", "7PQ1W8C", "Binəqədi"),
    ("returned", "Rzayeva", "Səbinə", "Elxan qızı", 1985, "AZE 12093847", "3HT6N2D", "Xətai"),
    ("refused", "Babayev", "Orxan", "Kərim oğlu", 1979, "AZE 08812934", "9BV4K1E", "Sabunçu"),
    ("withdrawn", "Kazımova", "Lalə", "Vidadi qızı", 1990, "AA 2716049", "6ZS8F3G", "Nizami"),
    ("accepted", "Qasımov", "Ülvi", "Zakir oğlu", 1986, "AZE 13370912", "4RL7C9H", "Nərimanov"),
    ("accepted2", "Abdullayeva", "Çimnaz", "Fikrət qızı", 1993, "AA 5081267", "8GE2Y5J", "Səbail"),
    ("scheduled", "Vəliyev", "Anar", "Mübariz oğlu", 1982, "AZE 09926371", "1NW5T6K", "Suraxanı"),
    ("today", "Mustafayeva", "Zeynəb", "İlham qızı", 1989, "AA 4493702", "5CF3X9L", "Yasamal"),
    ("today2", "Əhmədov", "Cavid", "Sabir oğlu", 1984, "AZE 11204586", "2MA8D4N", "Nəsimi"),
    ("marked", "Süleymanova", "Könül", "Arif qızı", 1992, "AA 3957140", "7TK6V1P", "Xəzər"),
    ("todecide", "Orucov", "İlham", "Hikmət oğlu", 1987, "AZE 14028673", "3YB9S7Q", "Qaradağ"),
    ("critical", "Mirzəyeva", "Pərvanə", "Ağasəf qızı", 1995, "AA 6120958", "9JH4P2R", "Binəqədi"),
    ("threshold", "Nəsirov", "Murad", "Eldar oğlu", 1981, "AZE 07719342", "6LX1G8S", "Xətai"),
    ("noshow", "Səfərova", "Aysel", "Yusif qızı", 1990, "AA 2284615", "4DN7Q3T", "Nizami"),
    ("contract", "Ağayeva", "Nərmin", "Tahir qızı", 1988, "AZE 10983527", "8VR5B6U", "Nərimanov"),
    ("toissue", "Fərzəliyev", "Vüqar", "Maqsud oğlu", 1983, "AA 5570231", "1SE2K9V", "Səbail"),
    ("holder", "Quluzadə", "Sevinc", "Rauf qızı", 1986, "AZE 12645098", "5WP8M4W", "Yasamal"),
    ("expiring", "Talıbov", "Ramil", "Cəmil oğlu", 1977, "AZE 06931247", "2FC6H1X", "Suraxanı"),
    ("suspended", "Yusifova", "Təranə", "Qəzənfər qızı", 1980, "AA 3418806", "7QD3L5Y", "Sabunçu"),
    ("revoked", "İbrahimov", "Elnur", "Nadir oğlu", 1978, "AZE 08254719", "3AT9J7Z", "Qaradağ"),
    ("expired", "Hacıyeva", "Məlahət", "İbrahim qızı", 1972, "AZE 05137864", "9NG4R2A", "Xəzər"),
    ("stopped", "Məlikova", "Aytən", "Sərdar qızı", 1987, "AA 4862093", "6BK5T9M", "Nərimanov"),
    ("suspected", "Zeynalov", "Toğrul", "Akif oğlu", 1992, "AZE 13840275", "4HW7C2N", "Yasamal"),
    ("amended", "Rüstəmova", "Şəbnəm", "Fuad qızı", 1984, "AA 2951346", "8LD1V6P", "Nəsimi"),
    ("changed", "Kərimova", "Ülkər", "Sahib qızı", 1991, "AA 5512093", "5MT7E3B", "Nəsimi"),
    ("moved", "Əliyev", "İsa", "Firudin oğlu", 1989, "AZE 12760419", "2HV9K6C", "Xətai"),
    ("damaged", "Sultanova", "Gülnar", "Mirzə qızı", 1983, "AA 3076284", "7RF4P8D", "Yasamal"),
    ("accused", "Novruzov", "Emin", "Sərxan oğlu", 1985, "AZE 09184736", "3KX6B1E", "Suraxanı"),
    ("leaving", "Qafarova", "Mehriban", "Oktay qızı", 1976, "AA 2840517", "8WD2T5F", "Binəqədi"),
    ("surveyed", "Əzizov", "Rauf", "Tahir oğlu", 1974, "AZE 07395128", "6PJ8N4G", "Nərimanov"),
    ("lost", "Paşayeva", "İlahə", "Ədalət qızı", 1980, "AA 4167930", "1YB5H7H", "Səbail"),
    ("renewed", "Rəhimova", "Sevda", "Zülfü qızı", 1973, "AZE 06428517", "4CS9L2J", "Xəzər"),
    ("applied", "Şərifov", "Akif", "Vəli oğlu", 1970, "AA 3925074", "9TN3V8K", "Qaradağ"),
    ("superseded", "Tağıyeva", "Nailə", "Hüseyn qızı", 1971, "AZE 05870346", "7GZ1M6L", "Sabunçu"),
    ("reduced", "Ələkbərova", "Aygül", "Nizami qızı", 1987, "AA 3681940", "5XV2D8N", "Səbail"),
    ("practised", "Səmədov", "Rüfət", "Ələsgər oğlu", 1979, "AZE 08146392", "3QF7J4R", "Nəsimi"),
    ("evidence", "Cavadova", "Fidan", "Zaur qızı", 1984, "AA 5927103", "9LC5T1W", "Xətai"),
)
_UNDER_DEMO_SCHEME = frozenset({"reduced", "practised", "evidence"})
APPLICANTS = {
    login: Applicant(
        login, surname, given_name, patronymic, date(year, 1 + place % 12, 3 + place % 26), card, fin, district,
        language="en" if login == "expiring" else "az",
        special_needs="Eşitmə aparatı ilə; heyətin yaxınlığında oturmaq istəyirəm." if login == "accepted2" else "",
        scheme=DEMO_SCHEME if login in _UNDER_DEMO_SCHEME else "coach-6",
    )
    for place, (login, surname, given_name, patronymic, year, card, fin, district) in enumerate(_ROWS)
}  # fmt: skip

# What script/server prints: one account for each role, in the order of the tour.
SHOWN = (
    ("candidate", "candidate"),
    ("officer", "officer"),
    ("assessor", "assessor"),
    ("decision-maker", "decider"),
    ("holder", "holder"),
    ("auditor", "auditor"),
    ("system administrator", "sysadmin"),
)


def address_of(login: str) -> str:
    """Return the e-mail address behind a login name; `.example` belongs to nobody."""
    return f"{login}@demo.example"
