## people/sign_in
sign-in = Entrar
for-people-who-own-agents-decide = Para quem tem agentes, decide sobre os pagamentos deles ou cuida do orçamento.
with-a-passkey = Com uma chave de acesso
sign-in-with-a-passkey = Entrar com uma chave de acesso
with-an-account-of-your-company = Com uma conta da sua empresa
with-a-link-by-mail = Com um link por e-mail
your-e-mail-address = Seu endereço de e-mail
we-send-a-link-it-opens = Enviamos um link. Ele só abre neste navegador, uma vez, em até quinze minutos.
send-me-a-link = Enviar o link

## people/sign_in_sent
look-into-your-mail = Confira o seu e-mail
if-somebody-at = Se alguém em
may-sign-in-here-a-link = puder entrar aqui, um link está a caminho. Abra-o neste navegador, em até quinze minutos.
use-another-address = Usar outro endereço

## people/sign_in_confirm
sign-in-as = Entrar como { $email }?
you-asked-for-this-link-in = Você pediu este link neste navegador.

## people/claim
claim-a-bot = Assumir um bot
it-becomes-yours-it-spends-your = Ele passa a ser seu: gasta o seu dinheiro, sob as suas regras. Depois disso, ninguém mais pode assumi-lo.
says-the-bot-not-checked-by = — diz o bot, não verificado pelo Bursar
registered-on-from = Registrado em { $at }, a partir de { $address }
is-it-yours = Ele é seu?
claim-token = Código de posse
the-bot-got-it-when-it = O bot o recebeu ao se registrar; você também, por e-mail.
who-pays-for-it = Quem paga por ele
claim-test = (teste)
what-it-may-spend = Quanto ele pode gastar
left-empty-it-asks-you-before = Se ficar em branco, ele pergunta a você antes de cada pagamento. Limites exigem sua chave de acesso.
a-day = Por dia
a-payment = Por pagamento
ask-me-above = Perguntar acima de
claim-it = Assumir

## people/refuse
do-you-not-know-this-bot = Não conhece este bot?
do-you-not-know = Não conhece { $name }?
it-named-you-as-its-owner = Ele indicou você como proprietário. Se você o rejeitar, a chave dele nunca mais abre nada. Se você não fizer nada, ele também não pode gastar nada.
i-do-not-know-this-bot = Não conheço este bot
it-is-mine-after-all = É meu, sim

## people/account
your-account = Sua conta
sign-out = Sair
you-look-at-as = Você está em { $org }, como { $role }.
you-are-in-no-org-yet = Você ainda não faz parte de uma organização. Assuma um bot ou aceite um convite.
join-as = Participar de { $org } como { $role }?
asked-by-open-until = Convite de { $by }. Válido até { $until }.
join = Participar
your-orgs = Suas organizações
look-at = Ver
change = Trocar
bots = Bots
none-named-you-somebody-gave-you = Nenhum indicou você. Alguém lhe deu um código de posse?
claim-the-bot = Assuma o bot
claim = Assumir
send-a-fresh-token = Enviar um novo código
i-do-not-know-it = Não o conheço
passkeys = Chaves de acesso
your-finger-face-or-device-says = Seu dedo, rosto ou aparelho confirma que é você: ao entrar, aumentar um limite ou convidar alguém.
added-on = Adicionada em { $at }
last-used-on = , usada pela última vez em { $used }
remove = Remover
name-of-a-new-one = Nome da nova chave
add-a-passkey = Adicionar uma chave de acesso
this-server-is-reached-by-a = Este servidor é acessado por um endereço sem nome, e chaves de acesso precisam de um nome. Quem o opera pode definir um (BURSAR_PUBLIC_URL).
where-you-are-signed-in = Onde você está conectado
this-one = este
by-on-from-last-seen-on = Por { $method } em { $at }, a partir de { $address }; visto por último em { $seen }

## first_run/form
set-up-bursar = Configurar o Bursar
you-become-the-owner-this-makes = Você passa a ser o proprietário. Isto cria a sua organização e o primeiro agente dela, e mostra a chave do agente. O link funciona uma vez.
first-run-you = Você
you-sign-in-with-it-and = Você entra com ele, e recebe um e-mail quando um agente precisa da sua decisão.
first-run-your-org = Sua organização
first-run-name = Nome
first-run-time-zone = Fuso horário
first-run-currency = Moeda
limits-of-a-day-begin-at = Os dias, as semanas e os meses dela começam à meia-noite de lá.
it-is-a-test-org-no-real-money = É uma organização de teste, para sempre: não alcança dinheiro de verdade.
your-first-agent = Seu primeiro agente
first-run-most-a-day = Limite por dia
both-left-empty-it-asks-you = Com os dois em branco, ele pergunta a você antes de cada pagamento.
first-run-make-them = Configurar

## first_run/done
first-run-is-ready = { $org } está pronta
you-are-signed-in-this-page = Você entrou como proprietário dela. Guarde o que precisar desta página: ela não aparece de novo.
the-key-of = A chave de { $agent }
shown-this-once = — aparece só desta vez
give-it-to-the-agent-as = Coloque-a no ambiente do agente, nunca em um prompt nem em um arquivo do projeto.
first-run-agent = Agente
first-run-key = Chave
first-run-org = Organização
what-to-do-next = Próximos passos
put-test-money-into-the-wallet = Coloque dinheiro de teste na carteira, onde o servidor roda:
fill-the-wallet-when-money-came = Registre o que você depositou, onde o servidor roda:
have-the-agent-ask-for-a-payment = Faça o agente pedir um pagamento:
decide-by-the-mail-that-comes = Quando ele precisar de você, chega um e-mail com um link para decidir.
add-a-passkey-to-your-account = Adicione uma chave de acesso em até quinze minutos, para entrar e para aumentar limites.
