# A Bottle app on gevent that sends every message back, until it is told to "leave". Listens at the port that it is given,
# 0 for a free one, and prints it.
import sys

from bottle import Bottle, abort, request
from gevent.pywsgi import WSGIServer
from geventwebsocket import WebSocketError
from geventwebsocket.handler import WebSocketHandler

app = Bottle()


@app.route("/echo")
def echo():
    socket = request.environ.get("wsgi.websocket")
    if not socket:
        abort(426, "This address speaks WebSocket.")
    try:
        while (message := socket.receive()) not in (None, "leave"):
            socket.send(message)
    except WebSocketError:
        pass  # The client is gone.


server = WSGIServer(("127.0.0.1", int(sys.argv[1])), app, handler_class=WebSocketHandler, log=None)
server.start()
print(server.server_port, flush=True)
server.serve_forever()
