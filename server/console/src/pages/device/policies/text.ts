// Words of a device's policies.
import { texts } from '../../../app/text.ts';

export const text = texts({
  en: {
    held: 'Policies on this device',
    heldFailed: 'What the device holds could not be loaded',
    neverSaid:
      'It has not said yet that it holds policies: none are in force, or its agent is too old for them.',
    holdsNone: 'It holds no set of policies',
    holdsCurrent_one: 'It holds set {{version}} with {{count}} policy: the set in force',
    holdsCurrent_other: 'It holds set {{version}} with {{count}} policies: the set in force',
    holdsOther_one:
      'It holds set {{version}} of epoch {{epoch}} with {{count}} policy, which is not the set in force',
    holdsOther_other:
      'It holds set {{version}} of epoch {{epoch}} with {{count}} policies, which is not the set in force',
    saidSo: 'It said so',
    unsigned_one:
      '{{shown}} of them says nothing there: nobody who may sign now has signed it. muster apply signs it anew.',
    unsigned_other:
      '{{shown}} of them say nothing there: nobody who may sign now has signed them. muster apply signs them anew.',
    refuses: 'It does not hold what it was shown last ({{code}}):',
    'code/E_WITHHELD':
      'the server did not give it every revision that the set names. muster policy list verifies on your workstation whether all are there.',
    'code/E_ROLLBACK':
      'it was shown an older set than it has seen before, and keeps what it has. Find out which backup was restored; to go on from there, raise the policy epoch in the trust document and apply the files anew.',
    'code/E_NOKEY':
      'whoever signed the set may not sign, as far as the device knows. muster apply signs it anew; the page Trust shows who may.',
    'code/E_ROLE':
      'whoever signed the set has not the role request, as far as the device knows. muster apply signs it anew; the page Trust shows who may.',
    'code/E_TRUST':
      'its trust document is older than the one the set was signed under. It follows by itself while it is connected.',
    'code/E_POLICY':
      'it cannot read one of the policies: most likely its agent is older than that kind of rule. Update the agent.',
    'code/E_LIMIT':
      'the policies are more than it keeps, 16 MiB. Say less in them, or take some out of force.',
    'code/E_STATE':
      'a file in which it keeps policies was damaged. It fetches them again with its next connection.',
    'code/E_DISK_FULL': 'there is no room on its disk. Make some; it tries again with its next connection.',
    codeForged:
      'it is not what people signed. Find out who changed the database or the server before you sign anything.',
    codeOther: 'the log of its agent says more.',
    standing: 'What does not hold',
    standingFailed: 'How its items stand could not be loaded',
    standsUnknown: 'It has not said yet how its items stand.',
    standsWell: 'All that its policies want of it holds, or does not apply.',
    standsMore: 'These are the first {{shown}}; muster compliance --device lists all.',
    silent: 'It has said nothing for two days; this is what it said last.',
    'state/error': 'fails',
    'state/drifted': 'does not hold',
    'state/applying': 'is being repaired',
    'state/not-reporting': 'not known any more',
    foundWanted: 'Found: {{found}}. Wanted: {{wanted}}.',
    remedy: 'Remedy: {{remedy}}',
    since: 'Since',
    wanted: 'What policies want of it',
    mayNot:
      'To see it you need the permission {{permission}}, for the whole organization where it is about policies. Ask an admin for a role that has it.',
    broken:
      'The server shows something that is not the policy it names, or one that this console cannot read; muster policy list verifies it on your workstation.',
    failed: 'What policies want of the device could not be found out',
    noneTitle: 'No policies are in force',
    noneWhy: 'So nothing is wanted of this device. The page of policies says how to begin.',
    policies: 'To the policies',
    noInventory: 'The device has reported no inventory yet: what nobody knows of it counts as absent.',
    byInventory: 'By its inventory, changed',
    bySelf:
      'The device judges by what it reads itself at that moment, so it may answer otherwise; where its owner forces audit, it only looks.',
    nothingWanted: 'The policies in force want nothing of {{name}}.',
    undecidedSome_one:
      '{{shown}} item is undecided: rules of the same rank want different things, so nothing is changed',
    undecidedSome_other:
      '{{shown}} items are undecided: rules of the same rank want different things, so nothing is changed',
    search: 'Search items',
    noFit: 'No item has that in it.',
    item: 'Item',
    should: 'Should hold',
    mode: 'Mode',
    enforce: 'enforce',
    audit: 'audit',
    undecided: 'undecided',
    decides: 'Decided by',
    why: 'Why',
    whyOf: 'Why {{item}}',
    allItems: 'Show all {{shown}} items',
    says: 'wants: {{wanted}} ({{mode}}, priority {{priority}})',
    override: 'It overrides.',
    'fate/won': 'wins',
    'fate/agrees': 'agrees with the winner',
    'fate/disagrees': 'disagrees at the same rank',
    'fate/exempt': 'left alone for a time, by an exception',
    'fate/outranked': 'outranked by a higher priority',
    'fate/overridden': 'overridden at the same priority',
    'fate/not-for-device': 'its policy is not for this device',
    'fate/excepted': 'its policy leaves this device out',
    'fate/not-now': 'it does not hold here now: its “when” is false',
    absent: 'Policies that are not for this device',
    absentCount_one: '{{shown}} policy in force says nothing here',
    absentCount_other: '{{shown}} policies in force say nothing here',
    'absent/void': 'nobody who may sign now has signed it, so it says nothing anywhere.',
    'absent/group':
      'it names the group {{name}}, which is gone, so it is for nobody until the group is back.',
    'absent/on': 'it is for other devices.',
    'absent/except': 'it leaves this device out.',
    try: 'Try an expression on this device',
    tryField: 'Expression',
    tryHelp: 'As in “on” and “except” of a policy; the server answers with the values that it read.',
  },
  de: {
    held: 'Richtlinien auf diesem Gerät',
    heldFailed: 'Was das Gerät hält, konnte nicht geladen werden',
    neverSaid:
      'Es hat noch nicht gesagt, dass es Richtlinien hält: keine ist in Kraft, oder sein Agent ist zu alt dafür.',
    holdsNone: 'Es hält keinen Satz von Richtlinien',
    holdsCurrent_one: 'Es hält Satz {{version}} mit {{count}} Richtlinie: den Satz in Kraft',
    holdsCurrent_other: 'Es hält Satz {{version}} mit {{count}} Richtlinien: den Satz in Kraft',
    holdsOther_one:
      'Es hält Satz {{version}} der Epoche {{epoch}} mit {{count}} Richtlinie, nicht den Satz in Kraft',
    holdsOther_other:
      'Es hält Satz {{version}} der Epoche {{epoch}} mit {{count}} Richtlinien, nicht den Satz in Kraft',
    saidSo: 'Das sagte es',
    unsigned_one:
      '{{shown}} davon sagt dort nichts: niemand, der jetzt signieren darf, hat sie signiert. muster apply signiert sie neu.',
    unsigned_other:
      '{{shown}} davon sagen dort nichts: niemand, der jetzt signieren darf, hat sie signiert. muster apply signiert sie neu.',
    refuses: 'Es hält nicht, was ihm zuletzt gezeigt wurde ({{code}}):',
    'code/E_WITHHELD':
      'der Server gab ihm nicht jede Fassung, die der Satz nennt. muster policy list prüft an Ihrem Arbeitsplatz, ob alle da sind.',
    'code/E_ROLLBACK':
      'ihm wurde ein älterer Satz gezeigt, als es schon gesehen hat, und es behält seinen. Finden Sie heraus, welche Sicherung eingespielt wurde; um von dort weiterzumachen, erhöhen Sie die Richtlinienepoche im Vertrauensdokument und wenden die Dateien neu an.',
    'code/E_NOKEY':
      'wer den Satz signiert hat, darf es nicht, soweit das Gerät weiß. muster apply signiert ihn neu; die Seite Vertrauen zeigt, wer darf.',
    'code/E_ROLE':
      'wer den Satz signiert hat, hat die Rolle request nicht, soweit das Gerät weiß. muster apply signiert ihn neu; die Seite Vertrauen zeigt, wer darf.',
    'code/E_TRUST':
      'sein Vertrauensdokument ist älter als das, unter dem der Satz signiert wurde. Es holt von selbst auf, solange es verbunden ist.',
    'code/E_POLICY':
      'es kann eine der Richtlinien nicht lesen: wahrscheinlich ist sein Agent älter als diese Art von Regel. Aktualisieren Sie den Agenten.',
    'code/E_LIMIT':
      'die Richtlinien sind mehr, als es behält, 16 MiB. Sagen Sie weniger darin, oder setzen Sie einige außer Kraft.',
    'code/E_STATE':
      'eine Datei, in der es Richtlinien aufbewahrt, war beschädigt. Es holt sie mit der nächsten Verbindung neu.',
    'code/E_DISK_FULL':
      'auf seiner Platte ist kein Platz. Schaffen Sie welchen; es versucht es mit der nächsten Verbindung wieder.',
    codeForged:
      'es ist nicht, was Menschen signiert haben. Finden Sie heraus, wer Datenbank oder Server verändert hat, ehe Sie etwas signieren.',
    codeOther: 'das Protokoll seines Agenten sagt mehr.',
    standing: 'Was nicht gilt',
    standingFailed: 'Wie es um seine Punkte steht, konnte nicht geladen werden',
    standsUnknown: 'Es hat noch nicht gesagt, wie es um seine Punkte steht.',
    standsWell: 'Alles, was seine Richtlinien verlangen, gilt oder betrifft es nicht.',
    standsMore: 'Dies sind die ersten {{shown}}; muster compliance --device zeigt alle.',
    silent: 'Es hat seit zwei Tagen nichts gesagt; dies ist sein letztes Wort.',
    'state/error': 'schlägt fehl',
    'state/drifted': 'gilt nicht',
    'state/applying': 'wird behoben',
    'state/not-reporting': 'nicht mehr bekannt',
    foundWanted: 'Gefunden: {{found}}. Verlangt: {{wanted}}.',
    remedy: 'Abhilfe: {{remedy}}',
    since: 'Seit',
    wanted: 'Was Richtlinien von ihm wollen',
    mayNot:
      'Um es zu sehen, brauchen Sie die Berechtigung {{permission}}, bei Richtlinien für die ganze Organisation. Bitten Sie einen Administrator um eine Rolle mit ihr.',
    broken:
      'Der Server zeigt etwas, das nicht die genannte Richtlinie ist, oder eine, die diese Konsole nicht lesen kann; muster policy list prüft es an Ihrem Arbeitsplatz.',
    failed: 'Was Richtlinien von dem Gerät wollen, ließ sich nicht feststellen',
    noneTitle: 'Keine Richtlinie ist in Kraft',
    noneWhy: 'Darum wird von diesem Gerät nichts verlangt. Die Seite der Richtlinien sagt, wie man anfängt.',
    policies: 'Zu den Richtlinien',
    noInventory:
      'Das Gerät hat noch kein Inventar gemeldet: was niemand von ihm weiß, gilt als nicht vorhanden.',
    byInventory: 'Nach seinem Inventar, geändert',
    bySelf:
      'Das Gerät urteilt nach dem, was es im Augenblick selbst liest, und mag darum anders antworten; wo sein Besitzer „nur prüfen“ erzwingt, sieht es nur nach.',
    nothingWanted: 'Die Richtlinien in Kraft verlangen nichts von {{name}}.',
    undecidedSome_one:
      '{{shown}} Punkt ist unentschieden: Regeln gleichen Ranges wollen Verschiedenes, darum wird nichts geändert',
    undecidedSome_other:
      '{{shown}} Punkte sind unentschieden: Regeln gleichen Ranges wollen Verschiedenes, darum wird nichts geändert',
    search: 'Punkte suchen',
    noFit: 'In keinem Punkt kommt das vor.',
    item: 'Punkt',
    should: 'Soll gelten',
    mode: 'Betriebsart',
    enforce: 'durchsetzen',
    audit: 'nur prüfen',
    undecided: 'unentschieden',
    decides: 'Entschieden von',
    why: 'Warum',
    whyOf: 'Warum {{item}}',
    allItems: 'Alle {{shown}} Punkte zeigen',
    says: 'will: {{wanted}} ({{mode}}, Vorrang {{priority}})',
    override: 'Sie übersteuert.',
    'fate/won': 'gewinnt',
    'fate/agrees': 'will dasselbe wie die, die gewinnt',
    'fate/disagrees': 'will im gleichen Rang anderes',
    'fate/exempt': 'gilt hier eine Zeit lang nicht: eine Ausnahme',
    'fate/outranked': 'hat geringeren Vorrang',
    'fate/overridden': 'bei gleichem Vorrang übersteuert',
    'fate/not-for-device': 'ihre Richtlinie ist nicht für dieses Gerät',
    'fate/excepted': 'ihre Richtlinie nimmt dieses Gerät aus',
    'fate/not-now': 'gilt hier jetzt nicht: ihr „when“ ist falsch',
    absent: 'Richtlinien, die nicht für dieses Gerät sind',
    absentCount_one: '{{shown}} Richtlinie in Kraft sagt hier nichts',
    absentCount_other: '{{shown}} Richtlinien in Kraft sagen hier nichts',
    'absent/void': 'niemand, der jetzt signieren darf, hat sie signiert; darum sagt sie nirgends etwas.',
    'absent/group':
      'sie nennt die Gruppe {{name}}, die es nicht mehr gibt; bis sie wieder da ist, ist sie für niemanden.',
    'absent/on': 'sie ist für andere Geräte.',
    'absent/except': 'sie nimmt dieses Gerät aus.',
    try: 'Einen Ausdruck an diesem Gerät ausprobieren',
    tryField: 'Ausdruck',
    tryHelp:
      'Wie in „on“ und „except“ einer Richtlinie; der Server antwortet mit den Werten, die er gelesen hat.',
  },
});
