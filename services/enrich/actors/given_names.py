"""First names of many countries: a capitalised word after one of them makes a person of both."""

from typing import Final

_ANGLOPHONE = """
aaron abigail adam adrian alan albert alec alex alexander alexandra alexis alfred alice alison allan
allen amanda amber amy andrea andrew andy angela ann anna anne annie anthony april archie arnold arthur
ashley audrey austin barbara barry ben benjamin bernard bernie beth betty beverly bill billy bob bobby
boris brad bradley brandon brenda brendan brent brett brian bruce bryan caleb calvin cameron carl carla
carol caroline carolyn catherine cecil chad charles charlie charlotte chelsea cheryl chris christian
christina christine christopher cindy claire clarence clark claude clay clifford clint clive colin
connie connor corey craig curtis cynthia daisy dale dan daniel danielle danny darren dave david dawn
dean deborah denis denise dennis derek diana diane dick dominic don donald donna doris dorothy doug
douglas drew duncan dustin dwight dylan earl ed eddie edgar edith edmund edward edwin eileen elaine
eleanor eli elizabeth ellen elliot emily emma eric erica erik ernest ethan eugene eva evan evelyn felix
fiona florence floyd frances francis frank fred frederick gabriel gail gary gavin gene geoff geoffrey
george gerald gerard gilbert gina glen glenn gloria gordon grace graham grant greg gregory guy gwen
hannah harold harriet harry harvey hazel heather heidi helen henry herbert herman hillary holly howard
hugh ian ira irene isaac isabel ivan jack jackie jackson jacob jacqueline jake james jamie jan jane
janet janice jared jasmine jason jay jean jeff jeffrey jennifer jenny jeremy jerome jerry jesse jessica
jill jim jimmy joan joanna joe joel john johnny jon jonathan jordan joseph josh joshua joyce juan judith
judy julia julian julie justin karen karl kate katherine kathleen kathryn kathy katie keith kelly ken
kenneth kenny kerry kevin kim kimberly kirk kurt kyle larry laura lauren laurence lawrence leah lee leo
leon leonard leroy leslie lewis lillian linda lindsay lindsey lisa liz lloyd lois lori louis louise
lucas lucy luke lynn madison malcolm marc marcus margaret maria marie marilyn marion mark marsha
marshall martha martin marvin mary mason matt matthew maureen maurice max megan melanie melissa melvin
meredith michael michelle miguel mike mildred milton miranda mitch mitchell molly monica morgan nancy
naomi natalie nathan nathaniel neil nelson nicholas nick nicole nigel noah noel nora norman oliver
olivia oscar owen pamela pat patricia patrick paul paula pauline peggy penny perry peter phil philip
phillip phyllis rachel ralph randall randy ray raymond rebecca reginald rex rhonda richard rick rita rob
robert roberta robin rod rodney roger roland ron ronald rosa rose ross roy russell ruth ryan sally sam
samantha samuel sandra sara sarah scott sean seth shane shannon sharon shaun shawn sheila shirley sidney
simon sophia sophie spencer stacy stan stanley stella stephanie stephen steve steven stewart stuart sue
susan suzanne sylvia tamara tammy tara ted teresa terry thelma theodore theresa thomas tiffany tim
timothy tina todd tom tommy tony tracy travis trevor tyler valerie vanessa vera vernon veronica vicki
victor victoria vincent virginia vivian wade wallace walter wanda warren wayne wendy wesley whitney will
william willie winston zach zachary paris chad sydney savannah israel condoleezza barack ronnie abraham
benedict franklin ralph nikki tulsi pete mitt newt
"""
_EUROPEAN = """
achim adriana agnieszka aleksandar aleksander aleksandr alessandro alexei alexey alfonso alfredo ana
anatoly andre andreas andrei andrej andrey andrzej angel angelo anita anja anton antonio arkady armando
arnaud artem astrid barbora bartosz beata bogdan borislav borut branko bruno camille carlo carlos carmen
cesar christoph christophe claudia claudio cristina dalia damian daniela danilo dario davor denys dieter
dimitri dimitris dmitri dmitry dmytro dragan dusan eduardo ekaterina elena emil emilia emilio emmanuel
enrico enrique ernesto esteban evgeny federico felipe ferenc fernando filip florian franco francois
francesca francesco francisco franz friedrich frederik gabriela gennady georgi georgios gerhard gianni
giovanni giorgio giuseppe goran grigory guido guillaume guillermo gustavo gunther hans heinrich helmut
helmuth henri henrik herman hubert hugo igor ilya ingrid irina isabella isabelle istvan ivica jacek
jacques jaime jakub janez janusz jaroslaw javier jens joao joaquin joerg johan johann johannes jorge
jose josef juergen julio jurgen kaja katarina katja klaus konstantin krzysztof laszlo lars lech leonid
leopoldo lorenzo luca luciano ludmila luigi luis luiz maksim manuel marcel marcelo marcin marco
margarita mariano marija marina mario marko marta mateusz matteo matthias mauricio mauro maxim mehmet
michal michel mikhail miklos milan milos mirek miroslav natalia nadia nikita nikola nikolai nikolaj
nikolay nikos nicolas nuno octavio ognjen oksana oleg oleksandr oleksiy olaf olga olivier orlando pablo
paolo pascal patrice pavel pavlo pedro pierre pietro piotr rafael rainer ramon raul ricardo rikard
roberto rodrigo roman romano ruslan salvador salvatore sandro santiago sebastian sebastien sergei sergey
sergio serhiy silvio simona slavko slobodan sofia stanislav stefan stefano stefania svetlana sven
tatiana tatyana thierry tomas tomasz traian ulrich ursula uwe vaclav valentin valery vasily vesna viktor
vicente vincenzo vitaly vladimir vladislav vlado vojislav volodymyr wilhelm wojciech wolfgang xavier
yannick yulia yuri yury yves zbigniew zdenek zoran alvaro evo hamid luis nestor rigoberta veselin
radovan ratko mirko bertrand segolene
"""
_MIDDLE_EASTERN = """
abbas abd abdallah abdel abdelaziz abdelkader abdirahman abdo abdul abdulaziz abdulkadir abdullah
abdullahi abdulrahman abdurrahman adel adil adnan ahmad ahmed ahmet aisha akbar alaa ali amal ameer amin
amir amira ammar amr anas anwar aref arif asad asif asim ayad ayman aziz azzam badr baha bahram bashar
basim bassam behrouz bilal binyamin bulent burhan cemal daoud dawood ebrahim ehud emad emre esmail fadi
fahad fahd faisal farah farhad farid farouk fatima fatma fawzi faiz ghassan ghazi gholam habib hadi
hafez haider haidar haitham hakan hakim hamad hamed hamid hamza hani haroun hasan hashim hassan hayat
hazem hisham hosni hossein huda hussain hussein huseyin ibrahim idris ihsan ilham imad imran iman isa
ismail issa jaber jabir jalal jamal jamil javad jawad kamal kamel karim kemal kassem khaled khalid
khalifa khalil latif layla leila mahdi mahmoud mahmud majid malik mansour manouchehr marwan maryam
masoud massoud mazen mehdi moammar moaz mohamad mohamed mohammad mohammed mohsen mohsin moncef moshe
mostafa muammar muhammad muhammed mujahid mukhtar munir muqtada moqtada murat musa mustafa nabil nabih
nadeem nadim najib naji naser nasir nasser nawaf nawaz nizar noor nouri nuri omar omer osama osman
othman parviz qasem qassem rafik rafiq raed rajab rami ramzi rashid rauf recep reza riad riyad rustam
saad sabah sabri sadiq saeb saeed said saif salah salam saleh salem salim salman sami samir sana saud
sayed sayyed selim shaker sharif shimon suleiman suleyman taha tahir talal tamer tariq tarek tawfik
tayyip tzipi turki usama walid waleed wael yahya yair yakov yasin yasser yassin yehuda yitzhak yoav
yossi yousef youssef yusuf zahra zaid zaki ziad zainab zeinab
"""
_ASIAN = """
abhisit aditya ajay akihito akira amit amitabh anil anjali anupam aravind arjun arun arvind ashok ashraf
asif atal atif aung ayesha benazir bhumibol binod chandrika chen chung corazon deepak deng dinesh dong
fumio ganesh gaurav gloria gopal gotabaya govind haruka hideki hiroshi hiroyuki hu hun iftikhar indira
indra jagdish jayalalithaa jawaharlal jiang jin jiro joko junichiro karan kazuo kenji khin kumar kyaw
lal li liu lin ma mahathir mahinda mamata manmohan manoj megawati meera min mukesh nancy narendra naoto
naveen nguyen nawaz omar pervaiz pervez pranab prakash pradeep prem priya priyanka pushpa rahul raj raja
rajesh rajiv rakesh ram ramesh ranil ravi rohit sachin sandeep sanjay santosh sanjeev shahid shahbaz
shaukat shinzo shigeru shyam siti sonia subramaniam sudhir suharto sukarno sunil suresh susilo syed
takashi takeshi taro thaksin thein tran tsai uday usha vajpayee venkat vijay vikram vinod wang wei wen
wu xi xu yang yasuo yingluck yoshihide yoshihiko yukio zardari zeng zhang zhao zhou zhu zulfikar park
rodrigo benigno ferdinand leila maria ichiro naomi shohei
"""
_AFRICAN = """
abena abiy aboubacar adama adebayo adewale akinwumi alassane alhaji aliko alpha amadou aminata ange
assimi atiku ayo bakary bamanga blaise bola boubacar chidi chinedu chinua cyril denis desmond emeka
emmerson fatou faure faustin femi folasade foday gbagbo goodluck guillaume haile hailemariam idriss
isaias issoufou jakaya jomo julius kagiso kenneth kgalema kofi kwame laurent lazarus levy macky
mahamadou mahamat mamadou meles moise moussa mutharika muhammadu mwai namadi ngozi nkosazana obiageli
olusegun omar oumar ousmane patrice paul paulin raila robert roch salva sani sekou seretse sibusiso sidi
sipho siaka tendai thabo thandi theodore thokozani uhuru umaru wole yahya yaya yemi yoweri zola festus
hage ibrahima
"""
_AMERICAS = """
alberto alejandro alvaro andres arturo augusto beatriz camilo catalina cristian diego dilma dolores
eduardo efrain evo fabio fidel gabriel gilberto gonzalo graciela guadalupe hector hernan horacio ignacio
ines jacobo jair jimena joaquin josefina juana julieta lazaro leonardo leticia lourdes lucia manuela
marcela mariana mercedes michelle nayib nicanor ollanta paz pilar raimundo ramiro rene reynaldo
rigoberto rocio rosario ruben santos silvia soledad tabare tomas valentina vicente violeta yolanda alan
carlos marisol
"""

GIVEN_NAMES: Final = frozenset(
    (_ANGLOPHONE + _EUROPEAN + _MIDDLE_EASTERN + _ASIAN + _AFRICAN + _AMERICAS).split()
) - frozenset(
    ("will", "may", "dawn", "grant", "guy", "rose", "max", "min", "park", "ma", "said", "ram", "mark's")
)
"""Folded; without those that are everyday words."""
