"""The workshops of the sample conference: made-up titles on what such conferences are about."""

TRACKS = (
    ("Program development", "Development"),
    ("Crisis system", "System"),
    ("Lived experience and family", "Experience"),
    ("Courts and diversion", "Diversion"),
    ("Young people", "Young"),
    ("Research and evaluation", "Research"),
    ("Trauma, recovery, resiliency", "Recovery"),
    ("Dispatch and first contact", "Dispatch"),
)

ROOMS = (
    ("Arbutus", 900, ("step_free", "hearing_loop", "recording")),
    ("Birch", 300, ("step_free", "hearing_loop")),
    ("Cedar", 220, ("step_free", "hearing_loop")),
    ("Dogwood", 160, ("step_free",)),
    ("Elder", 120, ("step_free", "recording")),
    ("Fir", 120, ("step_free",)),
    ("Garry Oak", 90, ("step_free",)),
    ("Hemlock", 80, ("step_free", "hearing_loop")),
    ("Ivy", 60, ()),
    ("Juniper", 50, ("step_free",)),
)

STEMS = (
    (
        "What the first ten minutes decide",
        "A dispatcher, an officer and a person who was in crisis go through one call, minute by minute.",
    ),
    (
        "Core elements, country by country",
        "The same ten elements, four legal systems. What had to change, and what held.",
    ),
    (
        "Lived experience on the steering committee",
        "Seats, pay, preparation and a vote: how three programs share decisions.",
    ),
    (
        "A receiving facility that never says no",
        "Opening one door for everybody: money, staff, and the first year in numbers.",
    ),
    (
        "Dispatch as the first responder",
        "Questions that calm, codes that help, and what call takers need after the shift.",
    ),
    ("Families at the table", "What families ask for before, during and after a crisis, and how to answer."),
    (
        "From forty hours to forty weeks",
        "Keeping skills alive after the course: drills, peers, and short refreshers.",
    ),
    ("Jail diversion that lasts", "Who comes back, who does not, and what made the difference."),
    (
        "De-escalation in a second language",
        "Practical phrases, interpreters by phone, and when silence is better.",
    ),
    (
        "Measuring without overclaiming",
        "Rates and intervals instead of raw counts; what a small program can know.",
    ),
    (
        "Young people and the night shift",
        "Schools, parents, phones: what works between midnight and morning.",
    ),
    ("Co-response in the countryside", "Two hours to the next clinic: teams, tablets and neighbours."),
    ("Peer workers beside the patrol car", "Roles, radio, safety, and how trust grows."),
    ("Coordinators who stay", "Burnout, succession, and a job description that can be done."),
    ("Veterans and crisis", "Knowing the signs, knowing the service, knowing when to wait."),
    (
        "Corrections: the first night in custody",
        "Screening that people answer honestly, and a bed that is safe.",
    ),
    ("Writing a policy people read", "Two pages instead of forty; what to cut and what must stay."),
    ("When the call is about autism", "Lights, sirens, words, and the plan a family made before."),
    ("Recovery, told by those who did", "Three stories without a moral, and a long conversation."),
    (
        "Data sharing that keeps its promise",
        "What health and police may tell each other, and what they need not.",
    ),
    ("Training the trainers", "Scenarios, actors, feedback: how to teach what cannot be read."),
    ("Judges who know the program", "A court clinic, its calendar, and the first two hundred people."),
    ("Crisis by text message", "A line for those who cannot speak; the first year of a small team."),
    ("Starting with nothing", "No budget, three people, one table: how four towns began."),
    ("The long way home", "Follow-up within seventy-two hours, and who should knock."),
)

FORMATS = ("", "Workshop: ", "Panel: ", "Practice: ")

OPENING = (
    "Opening: one call, many hands",
    "A dispatcher, a clinician and a person with lived experience follow one call from three sides.",
)
CLOSING = ("Closing: what we take home", "One sentence from every country, and the next place.")
PRE = (
    "Start or improve your CIT program: core elements",
    "The free afternoon for people who are beginning, or beginning again.",
)
