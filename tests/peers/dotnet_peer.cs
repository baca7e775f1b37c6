// A peer of .NET: reads strings as BinaryReader does and answers each as BinaryWriter does, with a LEB128 length before UTF-8.
// dotnet_peer.exe PORT COUNT: connects to 127.0.0.1, answers COUNT strings, then sends one that says what it has read, and ends its stream.
using System;
using System.IO;
using System.Net.Sockets;
using System.Text;

static class DotnetPeer {
    static int Main(string[] arguments) {
        int count = int.Parse(arguments[1]);
        using (var client = new TcpClient("127.0.0.1", int.Parse(arguments[0]))) {
            NetworkStream stream = client.GetStream();
            var reader = new BinaryReader(stream, new UTF8Encoding(false, true));
            var writer = new BinaryWriter(stream, new UTF8Encoding(false, true));
            int characters = 0;
            for (int i = 0; i < count; ++i) {
                string text = reader.ReadString();
                characters += text.Length;
                writer.Write("服务器返回：" + text);
                writer.Flush();
            }
            writer.Write("共" + characters + "个字符");
            writer.Flush();
            client.Client.Shutdown(SocketShutdown.Send);
            // Until the other side has ended as well.
            return stream.ReadByte() == -1 ? 0 : 1;
        }
    }
}
