"""Names that are words as well, in English and Danish: in small letters they are taken for the word."""

from __future__ import annotations

WORDS = frozenset(
    # English
    "angel april archer arrow art august autumn baker banks barber bass bay beach bean bear bell berry best "
    "bishop black blank bloom blue bond book booth bow bower bowl bradley branch brand bridge bright brook brooks "
    "brown buck bull bush butler buyer call camp can cannon card carpenter carter case cash castle chance change "
    "chase check church clay clerk close cloud coach cole cook cooper corner cross crow dale daly day days dean "
    "dell dial dove down downs drake draw drew drive dusk eagle early earth east edge ever fair faith falcon "
    "farmer field fields finch first fish fisher flag flood flower ford forest fort foster fox frank free freeman "
    "french frost gale garden gate gates gay glass gold good goodman grace grant gray green grey ground grove "
    "guest guy hail hall hand hands hardy hart harvest haven hawk head heart heath high hill hills hold holder "
    "holiday hood hook hope horn house hunt hunter iris island ivory jack joy judge june just kay key keys king "
    "kitchen knight lake land lane large last law lawn lee light lighter little lock logan long love low main "
    "major mark marks marsh marshal mason masters may mercy merry mill miller mills moon moore more morning moss "
    "mount nail night noble noon norm north nurse oak olive only other over page pages paige park parker parks "
    "patch path patience pearl penny pike pitt place plain point pool pope porter post pound power powers price "
    "prince prior proper proud queen quick quiet rain ray read real reed rice rich ring river rivers road robin "
    "rock rocky rose rowe ruby rush sage sail salt sand sands scope season self sharp shepherd shore short silver "
    "singer skip sky small smart smith snow sommer south spark spear spring star stark steel stone storm street "
    "strong sue summer summers swan sweet swift table tailor taylor temple terry thorn tower town trip true "
    "turner vale van view violet walker wall waller ward warner waters way weaver webb well wells west wheel "
    "white wild will wills wind winter wise wolf wood woods work worth yard york young "
    # Danish
    "ager alle anden bager bak bakke bang bank bech beck berg bille birk bjerg bjørk bjørn blad boe bonde borg "
    "brandt bro broen brun bruun buch busk bæk bøg dahl dal dam damm degn due elm eng falk fisker flod foged "
    "fredag friis frost fugl gade gammel glad glarmester god grav gren grube grøn haas have havn hede hein hjort "
    "hoff holm holme holst hvid høg høj kamp karl kilde kirke kjær klint klit klog knap kock kok kold konge korn "
    "kors krog kvist kær lade land lang lange lauge leth lind lo lund lykke lyng lys løve mand mark marker mester "
    "mose munk mølle møller nord ny nyborg nyt ogre olie palle park pil post prag præst raben rask ravn rose "
    "rosen rød sand sander skov skytte slot smed snak snedker sol solskin sommer stage stark steen stein sten "
    "stille stor store storm strand sund svane svend sø søe sølv søndag tage thing ting toft tolk top torn torp "
    "tyge ulv vad vang vej vest vester vind vinge vinter vogn øst øster "
    # what is said of any service, and somebody may be called as well
    "cloud data email login mail net phone portal print server service shop site status system team update vpn "
    "web".split()
)
