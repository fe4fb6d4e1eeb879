"""The sample conference's own words in Spanish, French and Arabic, by their English."""

from __future__ import annotations

from typing import Any

SPOKEN = ("es", "fr", "ar")

#: English: (Spanish, French, Arabic)
WORDS: dict[str, tuple[str, str, str]] = {
    "Full conference": ("Conferencia completa", "Conférence complète", "المؤتمر كاملًا"),
    "Monday to Wednesday, all sessions, lunch": (
        "De lunes a miércoles, todas las sesiones, almuerzo",
        "Du lundi au mercredi, toutes les sessions, déjeuner",
        "من الاثنين إلى الأربعاء، كل الجلسات، مع الغداء",
    ),
    "Community": ("Comunidad", "Communauté", "المجتمع"),
    "For people with lived experience and family members. No proof is asked for.": (
        "Para personas con experiencia vivida y familiares. No se pide comprobante.",
        "Pour les personnes ayant une expérience vécue et leurs proches. Aucun justificatif n’est demandé.",
        "لأصحاب التجربة المعيشة وأفراد الأسر. لا يُطلب إثبات.",
    ),
    "One day": ("Un día", "Une journée", "يوم واحد"),
    "Monday, Tuesday or Wednesday": (
        "Lunes, martes o miércoles",
        "Lundi, mardi ou mercredi",
        "الاثنين أو الثلاثاء أو الأربعاء",
    ),
    "Volunteer or presenter": ("Voluntariado o ponentes", "Bénévole ou intervenant", "متطوع أو مقدِّم"),
    "For those who carry the conference. Free.": (
        "Para quienes sostienen la conferencia. Gratis.",
        "Pour celles et ceux qui portent la conférence. Gratuit.",
        "لمن يحملون المؤتمر على أكتافهم. مجانًا.",
    ),
    "Sunday pre-conference: core elements": (
        "Preconferencia del domingo: elementos básicos",
        "Préconférence du dimanche : éléments de base",
        "ما قبل المؤتمر يوم الأحد: العناصر الأساسية",
    ),
    "Sunday, 13:00–17:00": ("Domingo, 13:00–17:00", "Dimanche, 13:00–17:00", "الأحد، 13:00–17:00"),
    "Awards luncheon": ("Almuerzo de premios", "Déjeuner des prix", "غداء الجوائز"),
    "Monday, 12:30": ("Lunes, 12:30", "Lundi, 12:30", "الاثنين، 12:30"),
    "Site visit: dispatch centre": (
        "Visita: central de despacho",
        "Visite : centre de répartition",
        "زيارة ميدانية: مركز البلاغات",
    ),
    "Site visit: receiving facility": (
        "Visita: centro de acogida",
        "Visite : centre d’accueil",
        "زيارة ميدانية: مرفق الاستقبال",
    ),
    "Wednesday, 15:00": ("Miércoles, 15:00", "Mercredi, 15:00", "الأربعاء، 15:00"),
    "You come as": ("Usted viene como", "Vous venez en tant que", "تأتي بصفتك"),
    "Law enforcement or dispatch": (
        "Policía o despacho de emergencias",
        "Police ou répartition",
        "إنفاذ القانون أو البلاغات",
    ),
    "Clinician or health service": (
        "Personal clínico o de salud",
        "Clinique ou service de santé",
        "طبي أو خدمة صحية",
    ),
    "Courts or corrections": ("Tribunales o prisiones", "Justice ou prisons", "محاكم أو سجون"),
    "Family member or advocate": (
        "Familiar o defensor",
        "Proche ou défense des droits",
        "فرد من الأسرة أو مناصر",
    ),
    "Something else": ("Otra cosa", "Autre chose", "غير ذلك"),
    "Tells presenters who is in the room. Shown only as totals.": (
        "Dice a los ponentes quién está en la sala. Solo se muestran totales.",
        "Indique aux intervenants qui est dans la salle. Seuls des totaux sont montrés.",
        "ليعرف المقدِّمون من في القاعة. لا تظهر إلا المجاميع.",
    ),
    "What you need from us": ("Lo que necesita de nosotros", "Ce dont vous avez besoin", "ما تحتاجه منا"),
    "Step-free route and seat": (
        "Acceso y asiento sin escalones",
        "Accès et place sans marche",
        "طريق ومقعد بلا درجات",
    ),
    "Sign-language interpreting": (
        "Interpretación en lengua de señas",
        "Interprétation en langue des signes",
        "ترجمة إلى لغة الإشارة",
    ),
    "Live captions": ("Subtítulos en directo", "Sous-titres en direct", "نص مكتوب مباشر"),
    "A seat near the quiet room": (
        "Un asiento cerca de la sala tranquila",
        "Une place près de la salle calme",
        "مقعد قرب الغرفة الهادئة",
    ),
    "Vegetarian, halal, kosher or other food": (
        "Comida vegetariana, halal, kosher u otra",
        "Repas végétarien, halal, casher ou autre",
        "طعام نباتي أو حلال أو كوشير أو غيره",
    ),
    "So that rooms, interpreting and food are right when you arrive. Two people on the access team see your answer. We erase it 30 days after the conference. Do not write about other people or cases.": (
        "Para que salas, interpretación y comida estén listas cuando llegue. Dos personas del equipo de accesibilidad ven su respuesta. La borramos 30 días después de la conferencia. No escriba sobre otras personas ni casos.",
        "Pour que salles, interprétation et repas soient prêts à votre arrivée. Deux personnes de l’équipe d’accessibilité voient votre réponse. Nous l’effaçons 30 jours après la conférence. N’écrivez rien sur d’autres personnes ni sur des cas.",
        "كي تكون القاعات والترجمة والطعام جاهزة عند وصولك. يرى إجابتك شخصان من فريق التيسير. نمحوها بعد 30 يومًا من المؤتمر. لا تكتب عن أشخاص آخرين أو حالات.",
    ),
    "Officers, dispatchers, clinicians, families, courts and people with lived experience from forty countries.": (
        "Agentes, operadores, personal clínico, familias, tribunales y personas con experiencia vivida de cuarenta países.",
        "Agents, répartiteurs, cliniciens, familles, tribunaux et personnes ayant une expérience vécue, de quarante pays.",
        "ضباط ومأمورو بلاغات وأطباء وأسر ومحاكم وأصحاب تجربة معيشة من أربعين بلدًا.",
    ),
}


def wording(**english: Any) -> dict[str, dict[str, Any]]:
    """What a row's `wording` holds: {"ar": {"name": ..., "options": [...]}} for the given English words and lists."""
    return {
        language: {
            key: [_said(each, place) for each in value] if isinstance(value, list) else _said(value, place)
            for key, value in english.items()
        }
        for place, language in enumerate(SPOKEN)
    }


def _said(english: str, place: int) -> str:
    return WORDS[english][place] if english in WORDS else english
