// One message store of the real RocketMQ, no broker round it, led through the steps of its arguments:
//
//   java RealStore DIR [KEY=VALUE...] -- STEP...
//
// KEY=VALUE are RocketMQ's own (MessageStoreConfig), and three of ours: store=rocksdb, batch-topics=A,B and
// dledger=PORT.  A step that fails ends the program with 3, whatever comes after it.

import java.io.File;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.zip.CRC32;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageExtBatch;
import org.apache.rocketmq.common.message.MessageExtBrokerInner;
import org.apache.rocketmq.store.DefaultMessageStore;
import org.apache.rocketmq.store.GetMessageResult;
import org.apache.rocketmq.store.MessageArrivingListener;
import org.apache.rocketmq.store.PutMessageResult;
import org.apache.rocketmq.store.SelectMappedBufferResult;
import org.apache.rocketmq.store.config.MessageStoreConfig;
import org.apache.rocketmq.store.stats.BrokerStatsManager;

public final class RealStore {
    private static final int PUT_ATTEMPTS_MAX = 300; // DLedger wants a leader first: half a minute
    private static final int READ_IDLE_MAX = 50;

    private final MessageStoreConfig config = new MessageStoreConfig();
    private final BrokerConfig broker = new BrokerConfig();
    private final ConcurrentMap<String, Object> topics = new ConcurrentHashMap<>();
    private String className = "org.apache.rocketmq.store.DefaultMessageStore";
    private DefaultMessageStore store;
    private int number; // of the next message

    public static void main(String[] args) throws Exception {
        RealStore real = new RealStore();
        int at = real.configure(args);
        try {
            real.open();
            for (int i = at; i < args.length; i++) {
                real.step(new Words(args[i]));
            }
        } catch (Throwable failure) {
            failure.printStackTrace(System.out);
            halt(3);
        }
        halt(0);
    }

    // Services of a stopped store sleep on for seconds; nobody waits for them.
    private static void halt(int status) {
        System.out.flush();
        Runtime.getRuntime().halt(status);
    }

    private static void say(String text) {
        System.out.println(text);
        System.out.flush();
    }

    /** A step, `name:key=value,key=value`. */
    private static final class Words {
        final String name;
        private final Map<String, String> values = new HashMap<>();

        Words(String text) {
            int colon = text.indexOf(':');
            name = colon < 0 ? text : text.substring(0, colon);
            for (String pair : colon < 0 ? new String[0] : text.substring(colon + 1).split(",")) {
                int equals = pair.indexOf('=');
                values.put(equals < 0 ? "n" : pair.substring(0, equals), pair.substring(equals + 1));
            }
        }

        boolean has(String key) {
            return values.containsKey(key);
        }

        String text(String key, String fallback) {
            return values.getOrDefault(key, fallback);
        }

        int number(String key, int fallback) {
            return has(key) ? Integer.decode(values.get(key)) : fallback;
        }
    }

    private int configure(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("storePathRootDir", args[0]);
        properties.setProperty("storePathCommitLog", args[0] + "/commitlog");
        properties.setProperty("haListenPort", "0");
        properties.setProperty("diskMaxUsedSpaceRatio", "95");
        int at = 1;
        for (; at < args.length && !args[at].equals("--"); at++) {
            String[] pair = args[at].split("=", 2);
            switch (pair[0]) {
                case "store":
                    className = "org.apache.rocketmq.store.RocksDBMessageStore";
                    properties.setProperty("storeType", "defaultRocksDB");
                    break;
                case "batch-topics":
                    for (String topic : pair[1].split(",")) {
                        topics.put(topic, batchTopic(topic));
                    }
                    break;
                case "dledger":
                    properties.setProperty("enableDLegerCommitLog", "true");
                    properties.setProperty("dLegerGroup", "g0");
                    properties.setProperty("dLegerPeers", "n0-127.0.0.1:" + pair[1]);
                    properties.setProperty("dLegerSelfId", "n0");
                    break;
                default:
                    properties.setProperty(pair[0], pair[1]);
            }
        }
        MixAll.properties2Object(properties, config);
        MixAll.properties2Object(properties, broker);
        return at + 1;
    }

    // By reflection: 4.9 has neither the method nor the queues.
    private static TopicConfig batchTopic(String topic) throws Exception {
        TopicConfig config = new TopicConfig(topic);
        Map<String, String> attributes = new HashMap<>();
        attributes.put("queue.type", "BatchCQ");
        TopicConfig.class.getMethod("setAttributes", Map.class).invoke(config, attributes);
        return config;
    }

    private void open() throws Exception {
        MessageArrivingListener nobody = (MessageArrivingListener) Proxy.newProxyInstance(
            RealStore.class.getClassLoader(), new Class<?>[] {MessageArrivingListener.class}, (x, y, z) -> null);
        Object[] given = {config, new BrokerStatsManager("killpoint", true), nobody, broker, topics};
        for (Constructor<?> made : Class.forName(className).getConstructors()) {
            if (made.getParameterCount() == 4 || made.getParameterCount() == 5) {
                store = (DefaultMessageStore) made.newInstance(Arrays.copyOf(given, made.getParameterCount()));
                break;
            }
        }
        if (!store.load()) {
            say("REFUSED");
            halt(3);
        }
        store.start();
        say("log " + store.getMinPhyOffset() + ".." + store.getMaxPhyOffset());
    }

    private void step(Words words) throws Exception {
        switch (words.name) {
            case "put":
                for (int i = 0; i < words.number("n", 1); i++) {
                    put(words);
                }
                break;
            case "undispatch": // From here on no record gets a unit, as if the dispatch were far behind.
                store.getDispatcherList().clear();
                break;
            case "sleep":
                Thread.sleep(words.number("n", 1000));
                break;
            case "wait":
                await();
                break;
            case "read":
                readAll();
                break;
            case "kill":
                say("killed");
                new ProcessBuilder("kill", "-9", String.valueOf(ProcessHandle.current().pid())).start().waitFor();
                Thread.sleep(60000);
                break;
            case "stop":
                store.shutdown();
                say("stopped");
                break;
            default:
                throw new IllegalArgumentException("no step " + words.name);
        }
    }

    private void await() throws Exception {
        for (int i = 0; i < 1000 && store.dispatchBehindBytes() > 0; i++) {
            Thread.sleep(20);
        }
        if (store.dispatchBehindBytes() > 0) {
            throw new IllegalStateException("the dispatch is behind for 20 s");
        }
    }

    private static byte[] body(int number, int size) {
        byte[] bytes = new byte[size];
        byte[] head = ("body-" + number + "-").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < size; i++) {
            bytes[i] = i < head.length ? head[i] : (byte) ('a' + (i * 7 + number) % 26);
        }
        return bytes;
    }

    private static void address(MessageExtBrokerInner message, Words words) {
        String host = words.has("v6") ? "::1" : "127.0.0.1";
        message.setBornHost(new InetSocketAddress(host, 12345));
        message.setStoreHost(new InetSocketAddress(host, 10911));
        if (words.has("v6")) {
            message.setBornHostV6Flag();
            message.setStoreHostAddressV6Flag();
        }
    }

    // A put takes a message without properties, too, but not without the map of them.
    private static void property(MessageExtBrokerInner message, Words words, String key, String property) {
        if (words.has(key)) {
            MessageAccessor.putProperty(message, property, words.text(key, "").replace('/', ','));
        }
    }

    private static MessageExtBrokerInner message(String topic, int queue, int number, Words words) {
        MessageExtBrokerInner message = new MessageExtBrokerInner();
        MessageAccessor.setProperties(message, new HashMap<>());
        message.setTopic(topic);
        message.setQueueId(queue);
        message.setFlag(words.number("flag", 0));
        message.setBody(body(number, words.number("body", 100)));
        message.setBornTimestamp(System.currentTimeMillis());
        message.setSysFlag(words.number("sys", 0));
        address(message, words);
        if (words.has("tags")) {
            String[] tags = words.text("tags", "").split("/");
            message.setTags(tags[number % tags.length]);
        }
        if (words.has("keys")) {
            message.setKeys("key-" + number);
        }
        for (int i = 0; i < words.number("props", 0); i++) {
            message.putUserProperty("p" + i, "v" + number);
        }
        property(message, words, "delay", "DELAY");
        property(message, words, "lmq", "INNER_MULTI_DISPATCH");
        property(message, words, "inner", "INNER_NUM");
        if (words.has("inner")) {
            message.setSysFlag(message.getSysFlag() | 0xc0); // what a batch of a BatchCQ topic bears
        }
        message.setPropertiesString(MessageDecoder.messageProperties2String(message.getProperties()));
        return message;
    }

    private PutMessageResult putBatch(String topic, int queue, int number, Words words) {
        List<Message> inner = new ArrayList<>();
        for (int i = 0; i < words.number("per", 0); i++) {
            Message one = new Message(topic, "a", body(number * 100 + i, words.number("body", 100)));
            one.putUserProperty("i", String.valueOf(i));
            inner.add(one);
        }
        MessageExtBatch batch = new MessageExtBatch();
        batch.setTopic(topic);
        batch.setQueueId(queue);
        batch.setBody(MessageDecoder.encodeMessages(inner));
        batch.setBornTimestamp(System.currentTimeMillis());
        address(batch, words);
        return store.putMessages(batch);
    }

    private void put(Words words) throws Exception {
        int mine = number++;
        int count = words.number("topics", 1);
        String topic = words.has("topic") ? words.text("topic", "") : "topic-" + mine % count;
        int queue = mine / count % words.number("queues", 1);
        PutMessageResult result = null;
        for (int i = 0; i < PUT_ATTEMPTS_MAX && (result == null || !result.isOk()); i++) {
            if (result != null) {
                Thread.sleep(100);
            }
            result = words.has("per") ? putBatch(topic, queue, mine, words)
                                      : store.putMessage(message(topic, queue, mine, words));
        }
        if (!result.isOk()) {
            throw new IllegalStateException("put " + mine + ": " + result.getPutMessageStatus());
        }
        say("acked " + topic + " " + queue + " " + result.getAppendMessageResult().getLogicsOffset() + " at "
            + result.getAppendMessageResult().getWroteOffset());
        Thread.sleep(words.number("gap", 0));
    }

    private static File[] sorted(File directory) {
        File[] files = directory.listFiles();
        if (files == null) {
            return new File[0];
        }
        Arrays.sort(files);
        return files;
    }

    private void readAll() throws Exception {
        for (File topic : sorted(new File(config.getStorePathRootDir(), "consumequeue"))) {
            for (File queue : sorted(topic)) {
                readQueue(topic.getName(), Integer.parseInt(queue.getName()));
            }
        }
        say("read");
    }

    private void readQueue(String topic, int queue) throws Exception {
        long at = store.getMinOffsetInQueue(topic, queue);
        long end = store.getMaxOffsetInQueue(topic, queue);
        say("queue " + topic + " " + queue + " " + at + ".." + end);
        for (int idle = 0; at < end && idle < READ_IDLE_MAX;) {
            GetMessageResult result = store.getMessage("group", topic, queue, at, 32, null);
            long next = result.getNextBeginOffset();
            List<SelectMappedBufferResult> found = result.getMessageMapedList();
            for (int i = 0; i < found.size(); i++) {
                record(topic, queue, result.getMessageQueueOffset().get(i), found.get(i));
            }
            if (found.isEmpty()) {
                idle++;
                say("nothing " + topic + " " + queue + " " + at + " " + result.getStatus());
                Thread.sleep(10);
            }
            result.release();
            at = Math.max(at, next);
        }
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder("-");
        for (byte b : bytes == null ? new byte[0] : bytes) {
            text.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
        }
        return text.toString();
    }

    // Once as bytes, once as RocketMQ understands them.
    private static void record(String topic, int queue, long offset, SelectMappedBufferResult found) {
        ByteBuffer buffer = found.getByteBuffer();
        byte[] bytes = new byte[found.getSize()];
        buffer.slice().get(bytes);
        CRC32 sum = new CRC32();
        sum.update(bytes);
        MessageExt message = MessageDecoder.decode(buffer.slice(), true, false);
        if (message == null) {
            say("undecodable " + topic + " " + queue + " " + offset);
            return;
        }
        StringBuilder properties = new StringBuilder();
        Map<String, String> known = message.getProperties(); // none: no map
        for (Map.Entry<String, String> one : new TreeMap<>(known == null ? Map.of() : known).entrySet()) {
            properties.append(properties.length() == 0 ? "" : ",")
                .append(hex(one.getKey().getBytes(StandardCharsets.UTF_8))).append('=')
                .append(hex(one.getValue().getBytes(StandardCharsets.UTF_8)));
        }
        say("record " + topic + " " + queue + " " + offset + " at " + message.getCommitLogOffset() + " own "
            + message.getQueueOffset() + " size " + bytes.length + " crc " + Long.toHexString(sum.getValue())
            + " flag " + message.getFlag() + " sys " + message.getSysFlag() + " stored "
            + message.getStoreTimestamp() + " body " + hex(message.getBody()) + " properties " + properties);
    }
}
