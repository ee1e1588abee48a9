"""Names of people in Azerbaijan, the most common first."""

SURNAMES = (
    "Məmmədov", "Əliyev", "Həsənov", "Hüseynov", "Quliyev", "İbrahimov", "Əhmədov", "Abbasov", "İsmayılov",
    "Rzayev", "Bağırov", "Cəfərov", "Kərimov", "Mustafayev", "Səfərov", "Nəbiyev", "Vəliyev", "Orucov",
    "Qasımov", "Süleymanov", "Hacıyev", "Babayev", "Musayev", "Novruzov", "Rəhimov", "Şükürov", "Tağıyev",
    "Verdiyev", "Yusifov", "Zeynalov", "Ağayev", "Axundov", "Bayramov", "Cabbarov", "Çərkəzov", "Dadaşov",
    "Eyvazov", "Əsgərov", "Əzizov", "Fərhadov", "Fətəliyev", "Gözəlov", "Heydərov", "İsgəndərov", "Qafarov",
    "Qəhrəmanov", "Qurbanov", "Lətifov", "Mahmudov", "Mehdiyev", "Mirzəyev", "Nağıyev", "Nəcəfov", "Nəsirov",
    "Ömərov", "Paşayev", "Pirverdiyev", "Ramazanov", "Rüstəmov", "Sadıqov", "Salmanov", "Seyidov", "Soltanov",
    "Şahbazov", "Şərifov", "Şirinov", "Talıbov", "Teymurov", "Turabov", "Umudov", "Vahabov", "Xəlilov",
    "Xudaverdiyev", "Yaqubov", "Zahidov", "Zülfüqarov", "Alıyev", "Allahverdiyev", "Atakişiyev", "Balayev",
    "Bədəlov", "Binnətov", "Cavadov", "Dəmirov", "Əlizadov", "Ələkbərov", "Fərəcov", "Hümbətov",
)  # fmt: skip

GIVEN_NAMES = (
    (
        "Əli", "Məhəmməd", "Elçin", "Rəşad", "Orxan", "Elvin", "Tural", "Vüqar", "Anar", "İlqar", "Namiq",
        "Ramil", "Kamran", "Murad", "Nicat", "Samir", "Emin", "Fərid", "Ruslan", "Zaur", "Cavid", "Elnur",
        "Həsən", "Hüseyn", "İsa", "Mübariz", "Natiq", "Oqtay", "Pərviz", "Rauf", "Sərxan", "Şahin", "Toğrul",
        "Ülvi", "Xəyal", "Yusif",
    ),
    (
        "Aygün", "Günay", "Nigar", "Leyla", "Aysel", "Sevinc", "Gülnar", "Könül", "Lalə", "Nərmin", "Türkan",
        "Fidan", "Aytən", "Günel", "Sevda", "Arzu", "Çinarə", "Dilarə", "Elnarə", "Fatimə", "Gülşən", "Həcər",
        "İlahə", "Jalə", "Kəmalə", "Mehriban", "Nailə", "Pərvanə", "Rəna", "Səbinə", "Şəbnəm", "Təranə",
        "Ülkər", "Vəfa", "Xumar", "Zəhra",
    ),
)  # fmt: skip

PATRONYMICS = (
    "Əli", "Məmməd", "Həsən", "Hüseyn", "İbrahim", "Rəşid", "Vaqif", "Rafiq", "İsmayıl", "Nazim", "Adil",
    "Arif", "Akif", "Bəhruz", "Cəmil", "Davud", "Eldar", "Fikrət", "Qəzənfər", "Hikmət", "İsa", "Kamil",
    "Loğman", "Mahir", "Nizami", "Oqtay", "Polad", "Ramiz", "Sabir", "Şakir", "Tofiq", "Ulduz", "Vidadi",
    "Xaliq", "Yaşar", "Zakir", "Zülfüqar",
)  # fmt: skip
