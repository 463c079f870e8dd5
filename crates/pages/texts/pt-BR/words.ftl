## mails/alerts
alert-transaction = Transação
alert-paid-in-as = Entrada

## mails/topup
an-agent = Um agente

## mails/funding
a-payment-method-was-saved = Uma forma de pagamento foi salva
a-payment-method-is-charged = Uma forma de pagamento passa a ser cobrada
a-payment-method-was-removed = Uma forma de pagamento foi removida
a-payment-method-has-ended = Uma forma de pagamento deixou de valer
nothing-new-is-charged-to-it = Nada de novo é cobrado nela.
it-can-no-longer-be-charged = Ela não pode mais ser cobrada: { $reason }. O que era cobrado nela espera por outra.
charged-for-topups-and-payments = Recargas automáticas podem cobrá-la, e os pagamentos dos seus agentes pelo Stripe são cobrados nela.
charged-for-topups = Recargas automáticas podem cobrá-la.
charged-for-payments = Os pagamentos dos seus agentes pelo Stripe são cobrados nela.
the-command-line = linha de comando
its-payment-method-can-no-longer-be-charged = a forma de pagamento não pode mais ser cobrada
the-bank-wants-each-payment-confirmed = o banco quer que o titular do cartão confirme cada pagamento
there-was-not-enough-money = não havia saldo suficiente na forma de pagamento
stripe-never-received-the-request = o Stripe não chegou a receber o pedido
the-payment-method-was-refused = a forma de pagamento foi recusada ({ $code })

## mails/people
as-an-owner-you-may = Como proprietário, você pode tudo: definir limites, decidir sobre pagamentos, convidar outras pessoas.
as-an-approver-you-may = Como aprovador, você vê tudo e decide sobre pagamentos que aguardam aprovação.
as-a-viewer-you-may = Como leitor, você vê tudo e não altera nada.

## people/account
my-phone = Meu celular
remove-named = Remover { $name }
status-pending = aguardando
status-claimed = assumido
status-refused = rejeitado
status-expired = expirado
role-owner = proprietário
role-approver = aprovador
role-viewer = leitor
method-mail = e-mail
method-passkey = chave de acesso
method-oidc = conta da empresa
method-first-run = primeira execução
browser-on-system = { $browser } em { $system }
a-browser = Um navegador

## people who decided
the-agent = o agente
an-owner-by-the-admin-key = um proprietário, com a chave de administração da organização
an-owner-on-the-command-line = um proprietário, pela linha de comando

## answers of pages
that-was-too-often = Muitas tentativas
you-are-signed-out = Você saiu da conta
sign-in-again = Entrar de novo
that-did-not-work = Não deu certo
go-to-your-account = Ir para a sua conta
try-again-in-minutes = Tente de novo em { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
}.
on-to = Seguindo para { $name }
you-sign-in-there-and-come-back = Você entra por lá e volta para cá.
back-to-signing-in = Voltar para a entrada
they-said-no = { $name } informa que você, ou quem o administra, disse não. Ninguém entrou.
they-answered-with-an-error = { $name } respondeu com o erro “{ $error }”. Ninguém entrou.
you-did-not-sign-in = Você não entrou
you-are-not-signed-in = Você não está conectado
you-are-not-invited = Você não foi convidado
begin-again = Comece de novo
we-asked-where-your-account-is = Consultamos onde está a sua conta ({ $name }): { $why }.
oidc-unreachable = não conseguimos contato agora; ninguém entrou
oidc-refused = a resposta não comprova quem você é; comece de novo
oidc-no-email = não veio nenhum endereço de e-mail seu, e sem ele ninguém pode entrar
oidc-unverified = não veio a confirmação de que o seu e-mail foi verificado; verifique-o por lá ou use um link por e-mail
oidc-over = Isto foi iniciado em outro navegador, já foi usado ou demorou demais; comece de novo.
oidc-not-invited = Só membros e pessoas convidadas podem entrar aqui; peça a um proprietário que convide este endereço.
open-it-where-you-asked-for-it = Abra onde você o pediu
this-link-is-over = Este link não vale mais
this-link-leads-nowhere = Este link não leva a lugar nenhum
ask-for-a-new-link = Pedir um novo link
it-asks-you-before-every-payment = Ele pergunta a você por e-mail antes de cada pagamento, até que você defina limites.
it-pays-within-the-limits = Ele paga dentro dos limites que você definiu e, acima deles, pergunta quando você pediu.
an-org-was-made-for-you = Uma organização foi criada para você: { $org }.
it-belongs-to = Ele pertence a { $org }.
is-yours = { $name } é seu
this-bot-was-claimed = Este bot já foi assumido
somebody-said-that-it-is-theirs = Outra pessoa disse que o bot é dela. Se não foi você, o dinheiro também não é o seu.
it-is-over-already = O prazo já passou
nobody-claimed-this-bot-in-time = Ninguém assumiu este bot a tempo, então ele não pode fazer nada.
refused-for-good = Rejeitado
its-key-opens-nothing = A chave dele nunca mais abre nada. Não há mais nada a fazer.
write-an-address = Escreva um endereço de e-mail, como ana@exemplo.com.br.
write-an-amount = Escreva um valor, como 20,00.
write-a-name = Escreva um nome de 1 a 100 letras.
write-a-time-zone = Escreva um fuso horário, como America/Sao_Paulo.
write-a-currency = Escreva uma moeda pelas suas três letras, como USD.
this-server-is-set-up = Este servidor já está configurado
sign-in-or-have-an-owner-invite-you = Entre, ou peça um convite a um dos proprietários.
this-link-is-not-the-newest = Este link não leva mais a lugar nenhum
start-the-server-again-for-a-new-link = Ele não é o mais novo, ou é antigo demais. Inicie o servidor de novo: ele mostra um novo.
problem-claim-token = Este código de posse está errado, já foi usado ou é antigo demais; peça o envio de um novo.
problem-sign-in-unknown = Este link não é conhecido; peça um novo.
problem-sign-in-over = Este link já foi usado ou é antigo demais; peça um novo.
problem-other-browser = Abra este link no navegador em que você o pediu.
problem-step-up = Isto exige a sua chave de acesso: confirme que é você e tente de novo.
problem-no-passkey = Você ainda não tem uma chave de acesso: adicione uma primeiro, logo depois de entrar por e-mail.
problem-no-org = Nenhuma das suas organizações pode receber este bot: peça a quem opera este servidor que convide você como proprietário.
problem-too-many = Foram tentativas demais. Espere um pouco.
problem-other = O servidor respondeu: { $detail }
that-did-not-work-try-again = Não deu certo. Tente de novo.
your-device-did-not-answer = Seu aparelho não respondeu. Tente de novo.

## mails/endpoint
it-answered-410 = o destino respondeu 410
nothing-was-taken-for-days = nada do que foi enviado foi aceito por dias

## chats
chat-an-agent-asks-to-pay = Um agente pede para pagar { $amount }
chat-reminder-an-agent-asks-to-pay = Lembrete: um agente pede para pagar { $amount }
chat-agent = Agente
chat-org = Por
chat-decided-by = Por
chat-decided-before = Já decidido: { $status }. Nada mais foi feito.
chat-your-word-is-taken = Sua resposta foi registrada: { $status }.
chat-not-for-you = Estes botões são de outra pessoa. Nada foi decidido.
chat-not-linked = Esta conversa não está mais vinculada a ninguém. Nada foi decidido. Vincule de novo no Bursar.
chat-may-not-decide = Você não pode mais decidir sobre os pagamentos desta organização. Nada foi decidido.
chat-not-known = O Bursar não conhece esta pergunta. Nada foi decidido.
chat-payment-changed = O pagamento não é mais o que foi mostrado a você. Nada foi decidido.
chat-press-again = Não há certeza de que isso foi registrado. Toque de novo daqui a pouco.
chat-linked = Pronto. De agora em diante, o que aguarda { $email } em { $org } também é perguntado aqui. Envie /stop para encerrar.
chat-code-over = Este código está errado, já foi usado ou é antigo demais. Crie outro no Bursar e abra o link dele.
chat-too-many-codes = Tentativas demais. Espere dez minutos, crie outro código no Bursar e abra o link dele.
chat-account-taken = Esta conta já responde por outro membro de { $org }. Envie /stop para encerrar isso e abra o link mais uma vez.
chat-ended = Pronto. Nada mais é perguntado aqui.
chat-nothing-to-end = Esta conversa não está vinculada a ninguém.
chat-help = Aqui o Bursar pergunta a você sobre pagamentos dos seus agentes. Para vincular esta conversa, entre no Bursar, crie um código para o Telegram e abra o link dele. Envie /stop para encerrar.
open-the-dashboard = Abrir o painel
watch-it-and-decide-there = Veja o que ele gasta e decida o que espera por você.
