"""Made-up people of forty countries: given and family names that are common there, put together by chance."""

from __future__ import annotations

from random import Random

#: country: (share of registrations, language, zone, city, given names, family names, given name first?)
COUNTRIES: dict[str, tuple[int, str, str, str, str, str, bool]] = {
    "US": (
        400,
        "en",
        "America/Chicago",
        "Springfield",
        "Grace Daniel Maria James Keisha Robert Linda Marcus Susan Andre",
        "Whitfield Nguyen Brooks Ramirez Olsen Carter Whitehorse Bennett Ortiz Lindqvist",
        True,
    ),
    "CA": (
        160,
        "en",
        "America/Vancouver",
        "Burnaby",
        "Claire Noah Anjali Étienne Margaret Wei Sarah Thomas",
        "Tremblay Singh MacDonald Cardinal Wong Fraser Gagnon Bear",
        True,
    ),
    "GB": (
        48,
        "en",
        "Europe/London",
        "Leeds",
        "Hannah Oliver Priya Callum Siobhan Winston",
        "Okafor Hughes Patel Fletcher Macrae Bishop",
        True,
    ),
    "IE": (
        20,
        "en",
        "Europe/Dublin",
        "Galway",
        "Aoife Cillian Niamh Pádraig",
        "Ó_Briain Kelleher Doyle Ní_Mháille",
        True,
    ),
    "AU": (
        52,
        "en",
        "Australia/Melbourne",
        "Geelong",
        "Lachlan Ngaire Matilda Jarrah Ruby",
        "Parata Campbell Wright Nguyen Bamblett",
        True,
    ),
    "NZ": (
        22,
        "en",
        "Pacific/Auckland",
        "Hamilton",
        "Aroha Wiremu Isla Tāne",
        "Ngata Robertson Tūhoe Walker",
        True,
    ),
    "JO": (
        16,
        "ar",
        "Asia/Amman",
        "Amman",
        "ليلى عمر رانيا خالد سلمى",
        "الحداد العمري النابلسي الخطيب",
        True,
    ),
    "LB": (8, "ar", "Asia/Beirut", "Tripoli", "ماريا جاد نور زياد", "خوري الحلبي منصور حداد", True),
    "EG": (14, "ar", "Africa/Cairo", "Giza", "هدى أحمد منى يوسف", "عبد_الله المصري السيد فهمي", True),
    "MA": (
        10,
        "fr",
        "Africa/Casablanca",
        "Fès",
        "Salma Youssef Khadija Mehdi",
        "Benali El_Fassi Chraïbi Amrani",
        True,
    ),
    "TN": (7, "fr", "Africa/Tunis", "Sfax", "Amel Karim Ines Slim", "Trabelsi Gharbi Mansouri Ayari", True),
    "NG": (
        30,
        "en",
        "Africa/Lagos",
        "Ibadan",
        "Adébáyò Ngọzi Adaeze Tunde Folákẹ́ Emeka",
        "Ọlátúnjí Obi Adeyemi Okonkwo Bello",
        True,
    ),
    "KE": (
        18,
        "en",
        "Africa/Nairobi",
        "Kisumu",
        "Achieng Wanjiru Kamau Otieno",
        "Odhiambo Mwangi Njoroge Chebet",
        True,
    ),
    "LR": (12, "en", "Africa/Monrovia", "Ganta", "Korpo Flomo Kumba Saah", "Kollie Sumo Kpadeh Toe", True),
    "GH": (10, "en", "Africa/Accra", "Kumasi", "Ama Kofi Akosua Kwame", "Mensah Owusu Boateng Asante", True),
    "ZA": (
        18,
        "en",
        "Africa/Johannesburg",
        "Durban",
        "Thandiwe Sipho Lindiwe Pieter",
        "Dlamini Nkosi van_Wyk Naidoo",
        True,
    ),
    "RW": (6, "fr", "Africa/Kigali", "Huye", "Uwase Mugisha Ineza Keza", "Habimana Uwimana Ndayisaba", True),
    "FR": (
        28,
        "fr",
        "Europe/Paris",
        "Nantes",
        "Camille Théo Inès Mathieu Solène",
        "Lefèvre Moreau Dubois Kaddour",
        True,
    ),
    "BE": (
        12,
        "fr",
        "Europe/Brussels",
        "Namur",
        "Elise Bram Noor Lucas",
        "Peeters Dumont Janssens Lambert",
        True,
    ),
    "CH": (
        10,
        "fr",
        "Europe/Zurich",
        "Lausanne",
        "Lea Reto Chiara Luca",
        "Favre Meier Bernasconi Rochat",
        True,
    ),
    "DE": (
        24,
        "en",
        "Europe/Berlin",
        "Bremen",
        "Anneke Jürgen Leyla Matthias",
        "Schäfer Yılmaz Brandt Krüger",
        True,
    ),
    "NL": (
        22,
        "en",
        "Europe/Amsterdam",
        "Zwolle",
        "Femke Joris Sanne Ruben",
        "de_Vries Bakker van_Dijk Smit",
        True,
    ),
    "FI": (
        18,
        "en",
        "Europe/Helsinki",
        "Tampere",
        "Aino Eero Sini Väinö",
        "Lehtonen Mäkelä Korhonen Niemi",
        True,
    ),
    "SE": (
        14,
        "en",
        "Europe/Stockholm",
        "Uppsala",
        "Elin Axel Maja Björn",
        "Lindberg Åkesson Nyström Holm",
        True,
    ),
    "NO": (
        12,
        "en",
        "Europe/Oslo",
        "Bergen",
        "Ingrid Øyvind Kari Sindre",
        "Haugen Bråten Moen Solberg",
        True,
    ),
    "DK": (
        8,
        "en",
        "Europe/Copenhagen",
        "Odense",
        "Freja Søren Astrid Mads",
        "Kjær Østergaard Bech Lund",
        True,
    ),
    "PL": (
        10,
        "en",
        "Europe/Warsaw",
        "Łódź",
        "Zofia Paweł Kinga Łukasz",
        "Wójcik Zając Kaczmarek Dąbrowska",
        True,
    ),
    "ES": (
        20,
        "es",
        "Europe/Madrid",
        "Zaragoza",
        "Lucía Iker Carmen Álvaro",
        "García_Ibáñez Etxeberria Molina Puig",
        True,
    ),
    "PT": (
        12,
        "en",
        "Europe/Lisbon",
        "Porto",
        "João Inês Tiago Beatriz",
        "Figueiredo Teixeira Carvalho Simões",
        True,
    ),
    "IT": (
        10,
        "en",
        "Europe/Rome",
        "Trieste",
        "Chiara Matteo Giulia Davide",
        "Furlan Esposito Marini Conti",
        True,
    ),
    "GR": (6, "en", "Europe/Athens", "Patras", "Ελένη Νίκος Μαρία Γιώργος", "Παπαδάκης Νικολάου Δήμου", True),
    "UA": (8, "en", "Europe/Kyiv", "Lviv", "Оксана Тарас Ірина Андрій", "Шевчук Коваленко Мельник", True),
    "BR": (
        26,
        "en",
        "America/Recife",
        "Recife",
        "Mateus Luana Rafael Juliana",
        "Rocha Nascimento Figueira Moura",
        True,
    ),
    "AR": (
        16,
        "es",
        "America/Argentina/Buenos_Aires",
        "Rosario",
        "Sofía Martín Valentina Tomás",
        "Benítez Acosta Luna Quiroga",
        True,
    ),
    "CL": (
        12,
        "es",
        "America/Santiago",
        "Temuco",
        "Antonia Matías Javiera Diego",
        "Curihuinca Muñoz Sepúlveda Rojas",
        True,
    ),
    "MX": (
        24,
        "es",
        "America/Mexico_City",
        "Mérida",
        "Ximena Emiliano Guadalupe José",
        "Canul Hernández Pech Salazar",
        True,
    ),
    "CO": (
        14,
        "es",
        "America/Bogota",
        "Pasto",
        "Mariana Andrés Paola Juan",
        "Rentería Castaño Jojoa Díaz",
        True,
    ),
    "JP": (24, "en", "Asia/Tokyo", "Sendai", "美咲 健太 由紀 大輔", "高橋 佐藤 小林 渡辺", False),
    "KR": (12, "en", "Asia/Seoul", "Daegu", "지우 민준 서연 도현", "김 이 박 최", False),
    "IN": (
        30,
        "en",
        "Asia/Kolkata",
        "Kochi",
        "Ananya Arjun Lakshmi Imran दीपा",
        "Menon Iyer Khan Das शर्मा",
        True,
    ),
    "UZ": (4, "en", "Asia/Tashkent", "Samarkand", "Temur Nilufar Aziz", "Karimov Rashidova Yusupov", True),
}

ROLES = (
    ("Patrol sergeant", 22),
    ("CIT coordinator", 12),
    ("Dispatcher", 9),
    ("Corrections officer", 8),
    ("Clinician", 16),
    ("Peer support specialist", 9),
    ("Family advocate", 7),
    ("Judge or court staff", 5),
    ("Researcher", 4),
    ("Program director", 8),
)


def country_of(rng: Random) -> str:
    """A country, as often as its share says."""
    codes = list(COUNTRIES)
    return rng.choices(codes, [COUNTRIES[code][0] for code in codes])[0]


def a_name(rng: Random, country: str) -> tuple[str, str]:
    """(full name, what to call the person) in the country's usual order."""
    *_, given, family, given_first = COUNTRIES[country]
    first = rng.choice(given.split()).replace("_", " ")
    last = rng.choice(family.split()).replace("_", " ")
    return (f"{first} {last}" if given_first else f"{last} {first}"), first


def address(number: int, country: str) -> str:
    """A mail address that can never be anybody's."""
    return f"person{number}@{country.lower()}.sample.example"


def agency(rng: Random, country: str) -> str:
    """An agency that does not exist, labelled so."""
    city = COUNTRIES[country][3]
    kind = rng.choice(
        ("Police Service", "Crisis Program", "County Health", "Dispatch Centre", "Peer Network")
    )
    return f"{city} {kind} (sample)"
