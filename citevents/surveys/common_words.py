"""The commonest words of languages that share a script, without their accents. Only to tell one language from another.

The four languages of the pages have more of them, and words that people say of a conference.
"""

LATIN = {
    "en": """the of and to a in is it you that he was for on are with as i his they be at one have this from or had by not but what
        all were we when your can said there use an each which she do how their if will up other about out many then them these
        so some her would make like him into time has look two more see could no than been who its now my did get made may part
        our me very good great too less much really thanks thank everyone everything nothing again next year please should keep
        food coffee lunch room rooms session sessions talk talks speaker speakers slides people practice training course courses
        work works day days every better best well done nice loved love excellent enough long longer short shorter fewer because
        where while most also just only learn learned learning how's it's don't i'm i'll didn't wasn't couldn't we're that's
        first last never always before after start stop change changed new hours breaks break team night family families others
        scenarios scenario hard glad peer workers officers police here there's any over through during between nothing's okay
        helpful useful interesting clear amazing awesome fantastic perfect organized organised organization event group small""",
    "es": """de la que el en y a los se del las un por con no una su para es al lo como mas o pero sus le ha me si sin sobre este ya
        entre cuando todo esta ser son dos tambien fue habia era muy anos hasta desde mi porque que nos durante todos uno les
        ni contra otros ese eso ante ellos e esto antes algunos unos yo otro otras otra tanto esa estos mucho nada cada dia dias
        gracias bien bueno buena mejor menos tiempo practica favor charlas comida curso taller gente familias hay fue hacer
        excelente muchas mucha muchos seguir quiero gusto mantener cambiar falta sala salas ejercicios ponentes""",
    "fr": """de la le et les des en un une du que est pour qui dans a par plus pas au sur ne se ce il sont la avec son il aux d'un
        cette mais ou comme ont nous vous tout leur bien etre fait sa cela meme ces elle deux tres je j'ai c'etait c'est n'est
        qu'il d'une l'equipe moins temps peu trop beaucoup merci encore toujours avant apres jour jours tous toutes bon bonne
        mieux formation salle salles repas gens familles exercices rien garder changer aussi faire sans si on y pratique tres
        excellent excellente parfait parfaite etait etaient souvent davantage interessant intervenants seances cours""",
    "de": """der die und in den von zu das mit sich des auf fur ist im dem nicht ein eine als auch es an werden aus er hat dass sie
        nach wird bei einer um am sind noch wie einem uber einen so zum war haben nur oder aber vor zur bis mehr durch man sein
        wurde sei ich wir sehr gut viel weniger danke alle alles immer keine kein mir uns ihr zeit bitte waren mein schon""",
    "nl": """de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij uit nog naar heeft hij ze wordt door
        over zo kan ik wel meer geen die worden of deze veel tijd heel erg goed bedankt alles waren ons onze mijn wat minder was eten""",
    "pt": """de a o que e do da em um para e com nao uma os no se na por mais as dos como mas foi ao ele das tem seu sua ou ser quando
        muito ha nos ja esta eu tambem so pelo pela ate isso ela entre era depois sem mesmo aos ter seus quem nas me esse eles
        obrigado obrigada bom boa menos tempo tudo todos dia curso favor gostei foram""",
    "it": """di e il la che in a per un e del non sono una con le si da i al come piu ha nel della dei alla gli anche dal ma se delle
        questo lo nella ci o mi tutto molto era io ho cosa perche quando tempo meno bene grazie tutti giorno corso stato buono
        essere fatto dopo prima ogni anni sempre""",
    "sv": """och i att det som en pa ar av for med till den har de inte om ett men var jag sig fran vi sa kan nar ar han ska vid hade
        eller mycket bra mer mindre tack alla allt fler tid oss min vara mig bara efter hur mot varit dag utan aven""",
    "da": """og i at det er en til af pa for med den har de ikke der som et var jeg fra vi men om kan skal sig ved hvor nar han meget
        godt mere mindre tak alle alt flere tid os min vaere blev havde vil eller efter dag vores""",
    "no": """og i at det er en til av pa for med den har de ikke som et var jeg fra vi men om kan skal seg ved hvor nar han veldig mye
        bra mer mindre takk alle alt flere tid oss min vaere ble hadde vil eller etter dag vare""",
    "fi": """ja on ei etta oli se joka en mutta han kun niin ovat myos mita sita kuin jos olen minun nyt vain mina voi hyva enemman
        kiitos kaikki paljon aikaa ole olla ennen jalkeen oikein hyvin hieno kurssi tama taman mukava vahemman lisaa olisi
        sitten viela kanssa ihmiset tarvitaan oppinut opin vastaus""",
    "et": """ja on ei et oli see kes mis aga kui nii ka olen nuud ma ta sa me nad vaga hea rohkem aitah koik palju aega oma pole
        ning voi siis veel enne parast ainult selle""",
    "pl": """i w na z do sie nie to jest ze o jak ale po co tak za od byl bylo dla tego juz ja przez lub oraz bardzo dobrze wiecej
        mniej dziekuje wszystko wszyscy czas czasu tylko jestem sa byla nas mi tym""",
    "cs": """a v je na se to s z ze do o i k ale jako za by po co tak od pro byl bylo velmi dobre vice mene dekuji vse vsichni cas
        jen jsem jsou nebo take pri jeho uz hodne jsme""",
    "sk": """a v je na sa to s z ze do o aj k ale ako za by po co tak od pre bol bolo velmi dobre viac menej dakujem vsetko vsetci
        cas len som su alebo tiez pri jeho uz sme""",
    "hu": """a az es hogy nem is egy volt ez meg csak de mint ha vagy ki mar el ami lesz nagyon jo tobb kevesebb koszonom minden ido
        van voltak nekem sok lehet kell most akkor jobb""",
    "ro": """de si in la cu a pe nu este un o sa din ce care mai pentru au fost se ca am foarte bine mult mai multumesc toate toti
        timp doar sunt sau dar dupa cand putin era noi""",
    "tr": """ve bir bu da de icin ile cok daha olarak ne var ama gibi kadar en o ben mi sonra olan her degil iyi guzel tesekkurler
        tesekkur zaman az hic bana biz oldu olsun ederim""",
    "hr": """i u je na se da su za s od o ne to kao koji po iz ali bi što sto bio bilo vrlo dobro vise manje hvala sve svi vrijeme
        samo sam ili nije jako jos bila mi nam""",
    "sl": """in je v na se da so za z od o ne to kot ki po iz pa bi kaj bil bilo zelo dobro vec manj hvala vse vsi cas samo sem ali
        ni tudi nam""",
    "lt": """ir i kad yra su is tai bet kaip ne o ar uz po buvo jis labai gerai daugiau maziau aciu viskas visi laiko tik as mes""",
    "lv": """un ir uz ar no ka tas bet par ne vai pec bija loti labi vairak mazak paldies viss visi laika tikai es mes""",
    "id": """yang dan di ini itu dengan untuk tidak dari dalam akan pada juga saya ke karena ada mereka bisa sudah sangat baik lebih
        terima kasih semua waktu kurang banyak kami kita adalah""",
    "ms": """yang dan di ini itu dengan untuk tidak dari dalam akan pada juga saya ke kerana ada mereka boleh sudah sangat baik lebih
        terima kasih semua masa kurang banyak kami kita ialah""",
    "tl": """ang ng sa na ay mga at ako si ko mo po hindi ito para kami namin ka din lang kung may nang pero naman salamat maganda
        napakaganda mas marami lahat oras natin tayo siya""",
    "sw": """na ya wa ni kwa za la katika hii yake kuwa cha watu sana lakini kama hiyo sasa zaidi nzuri asante wote wakati muda mimi
        sisi yangu yetu tu huu hayo haya ilikuwa""",
    "vi": """va la cua co cho khong mot nhung trong duoc cac nguoi da nay voi toi ban den khi nhieu rat tot cam on hon tat ca thoi
        gian chung hay ve moi""",
    "ca": """de la i que el en a els es del les un per amb no una al com mes o pero seus ha em si sense molt dia gracies be menys
        temps tot tots aquest era estava fer""",
    "eu": """eta da ez bat du dira zen baina ere oso hau izan dut gara asko gehiago gutxiago eskerrik denbora dena guztiak ondo
        nire gure zuen""",
    "gl": """de a o que e do da en un para con non unha os no se na por mais as dos como pero foi ao moi grazas tempo todo todos
        dia bo boa menos eu tamen""",
    "cy": """y a yn i o ar mae yr ei am ond gyda wedi bod hyn oedd iawn da mwy llai diolch pawb amser roedd fy ni hefyd""",
    "ga": """an na agus a i ar is go ni ag le do bhi ta se mar ach go raibh maith agat nios mo am bhfuil sin seo""",
    "is": """og a ad er i sem til var um med ekki en af hann thad fyrir vid eg mjog gott meira minna takk allir allt tima voru svo
        hefur""",
    "sq": """dhe ne te e i nje per me qe nga eshte nuk ka si por ishte shume mire faleminderit gjithe koha pak une ne""",
    "so": """iyo waa in ka ku oo aad u la ay lagu wax mahadsanid badan fiican waqti dhammaan""",
    "ht": """ak nan pou yo ki se li nou te pa mwen yon la gen anpil mesi tout tan plis bon men""",
    "mt": """u li ta ma fil huwa il hija mhux kienet kien hafna grazzi aktar inqas hin kollha tajjeb""",
    "af": """die van en in is dat om te nie vir op met hy het n ek was wat baie goed dankie meer minder almal tyd ons""",
}
CYRILLIC = {
    "ru": """и в не на я что с а то как все но да к у за вы от так было мне бы мы больше очень хорошо спасибо времени меньше для вам
        еда была""",
    "uk": """і в не на я що з а то як все але так до у за ви від було мені б ми більше дуже добре дякую часу менше для вам їжа була""",
    "bg": """и в не на аз че с а то как всичко но да към за вие от така беше ми би ние повече много добре благодаря време по-малко""",
    "sr": """и у не на ја да са а то како све али за ви од тако било ми би више веома добро хвала времена мање""",
    "mk": """и во не на јас дека со а тоа како сè но за од така беше ми би повеќе многу добро благодарам време помалку""",
}
ARABIC = {
    "ar": "في من على أن إلى التي الذي هذا هذه كان كانت ما لا مع عن أو كل بعد قبل شكرا جدا جيد أكثر أقل الوقت نحن أنا و كثيرا",
    "fa": "از به که این را با است برای در و های خیلی خوب بود ممنون بیشتر کمتر همه ما من",
    "ur": "کے کی ہے میں اور سے کا کو نے پر بہت اچھا شکریہ وقت تھا ہم",
}
DEVANAGARI = {
    "hi": "है हैं का की के को में से और नहीं बहुत यह था थी लिए मैं हम धन्यवाद अच्छा समय अधिक कम",
    "mr": "आहे आहेत आणि नाही हे खूप होते मी आम्ही धन्यवाद वेळ जास्त कमी चांगले",
    "ne": "छ छन् र हो धेरै थियो म हामी धन्यवाद राम्रो समय बढी कम लागि",
}
ETHIOPIC = {"am": "ነው ነበር እና በጣም ጥሩ ሁሉም ጊዜ አመሰግናለሁ", "ti": "እዩ ነይሩ ከምኡ ድማ ብጣዕሚ ኩሉ ግዜ"}
