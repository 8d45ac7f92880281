// The message store of the real RocketMQ, no broker round it, behind the line protocol of docs/TARGETS.md.
//
// Compiled against the jars of the version that it is to drive (install.sh), so that names which differ between versions
// are found by javac, and not by reflection, wherever they are public.

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.Timer;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import org.apache.rocketmq.common.*;
import org.apache.rocketmq.common.message.*;
import org.apache.rocketmq.store.*;
import org.apache.rocketmq.store.config.MessageStoreConfig;
import org.apache.rocketmq.store.dledger.DLedgerCommitLog;
import org.apache.rocketmq.store.stats.BrokerStatsManager;

public final class RealTarget {
    private static final int PROTOCOL = 1;
    private static final int UNIT_SIZE_BYTES = 20;
    private static final int INDEX_UNIT_SIZE_BYTES = 32;
    private static final int WAIT_MS = 1;
    private static final InetSocketAddress STORE_HOST = new InetSocketAddress("127.0.0.1", 10911);

    private final OutputStream out = new FileOutputStream(FileDescriptor.out);
    private final LastWords words = new LastWords(System.err);
    private final AtomicInteger unanswered = new AtomicInteger(); // puts
    private DefaultMessageStore store; // null: none is open
    // What is told with the next answer, and what was told.
    private final List<String> events = new ArrayList<>();
    private File ledgerCheckpoint; // null: there is none to look for, any more
    // What a shutdown hook has to know of the request that System.exit() left without an answer.
    private volatile long asked;
    private volatile List<String> recovered;

    public static void main(String[] args) throws Exception {
        RealTarget target = new RealTarget();
        System.setErr(target.words);
        System.setOut(target.words); // standard output is the protocol's alone
        Runtime.getRuntime().addShutdownHook(new Thread(target::answerExit));
        Lines lines = new Lines();
        for (String line = lines.next(); line != null; line = lines.next()) {
            target.serve(line);
        }
        Runtime.getRuntime().halt(0); // services of a store sleep on for seconds, and nobody waits for them
    }

    /** An answer that is an error. */
    private static final class Refusal extends Exception {
        final String code;

        Refusal(String code, String text) {
            super(text);
            this.code = code;
        }
    }

    /** Standard error, of which the last line is kept: what RocketMQ had to say when it refuses. */
    private static final class LastWords extends PrintStream {
        private volatile String last = "";

        LastWords(PrintStream under) {
            super(under, true);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            super.write(bytes, from, length);
            String text = new String(bytes, from, length, StandardCharsets.UTF_8).split("\n", 2)[0].trim();
            last = text.isEmpty() || text.startsWith("at ") ? last : text;
        }
    }

    /** Requests; a buffered reader of characters would start half of java.nio. */
    private static final class Lines {
        private final FileInputStream in = new FileInputStream(FileDescriptor.in);
        private final byte[] buffer = new byte[1 << 16];
        private int at;
        private int end;

        String next() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
            while (true) {
                if (at == end) {
                    at = 0;
                    end = Math.max(0, in.read(buffer));
                    if (end == 0) {
                        return null;
                    }
                }
                byte b = buffer[at++];
                if (b == '\n') {
                    return line.toString(StandardCharsets.UTF_8);
                }
                line.write(b);
            }
        }
    }

    /** JSON, read into maps, lists, strings, longs and booleans; fractions do not occur. */
    private static final class Json {
        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        @SuppressWarnings("unchecked")
        static Map<String, Object> object(String text) throws Refusal {
            try {
                return (Map<String, Object>) new Json(text).value();
            } catch (RuntimeException wrong) {
                throw new Refusal("bad-request", "the line is no JSON object");
            }
        }

        private char peek() {
            while (Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            return text.charAt(at);
        }

        private boolean more(char end) { // after a value: a comma, or the end of its list or object
            char c = peek();
            at++;
            if (c != ',' && c != end) {
                throw new IllegalArgumentException();
            }
            return c == ',';
        }

        private Object value() {
            char c = peek();
            if (c == '{') {
                Map<String, Object> map = new HashMap<>();
                at++;
                for (boolean more = peek() != '}' || more('}'); more; more = more('}')) {
                    String key = string();
                    if (peek() != ':') {
                        throw new IllegalArgumentException();
                    }
                    at++;
                    map.put(key, value());
                }
                return map;
            }
            if (c == '[') {
                List<Object> list = new ArrayList<>();
                at++;
                for (boolean more = peek() != ']' || more(']'); more; more = more(']')) {
                    list.add(value());
                }
                return list;
            }
            if (c == '"') {
                return string();
            }
            int from = at;
            while (at < text.length() && ",]} \t".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(from, at);
            return word.equals("true") || word.equals("false") ? (Object) Boolean.valueOf(word)
                 : word.equals("null")                         ? null
                                                               : (Object) Long.valueOf(word);
        }

        private String string() {
            if (peek() != '"') {
                throw new IllegalArgumentException();
            }
            int from = ++at;
            int end = text.indexOf('"', from);
            if (text.lastIndexOf('\\', end) < from) { // all of base64 is of this kind
                at = end + 1;
                return text.substring(from, end);
            }
            StringBuilder said = new StringBuilder();
            for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
                if (c == '\\') {
                    c = text.charAt(at++);
                    int known = "bfnrt".indexOf(c);
                    if (c == 'u') {
                        c = (char) Integer.parseInt(text.substring(at, at += 4), 16);
                    } else if (known >= 0) {
                        c = "\b\f\n\r\t".charAt(known);
                    }
                }
                said.append(c);
            }
            return said.toString();
        }

        static String quote(String text) {
            StringBuilder said = new StringBuilder("\"");
            for (char c : text.toCharArray()) {
                said.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\u%04x", (int) c) : "" + c);
            }
            return said.append('"').toString();
        }
    }

    /** A request's keys. */
    private static final class Request {
        final Map<String, Object> keys;

        Request(Map<String, Object> keys) {
            this.keys = keys;
        }

        private <T> T get(String key, Class<T> type, T fallback) throws Refusal {
            Object value = keys.getOrDefault(key, fallback);
            if (!type.isInstance(value)) {
                throw new Refusal("bad-request", "the key '" + key + "' is missing or has no good value");
            }
            return type.cast(value);
        }

        String text(String key) throws Refusal {
            return get(key, String.class, null);
        }

        long number(String key) throws Refusal {
            return get(key, Long.class, null);
        }

        int small(String key) throws Refusal {
            return (int) number(key);
        }

        boolean flag(String key, boolean fallback) throws Refusal {
            return get(key, Boolean.class, fallback);
        }

        List<?> list(String key) throws Refusal {
            return get(key, List.class, null);
        }

        byte[] bytes(String key) throws Refusal {
            try {
                return Base64.getDecoder().decode(text(key));
            } catch (IllegalArgumentException wrong) {
                throw new Refusal("bad-request", "the key '" + key + "' is no base64");
            }
        }
    }

    private synchronized void tell(String event) {
        events.add(Json.quote(event));
    }

    private synchronized void print(long id, String answer) {
        if (ledgerCheckpoint != null && ledgerCheckpoint.exists()) {
            ledgerCheckpoint = null;
            tell("ledger-checkpoint");
        }
        String told = events.isEmpty() ? "" : ",\"events\":[" + String.join(",", events) + "]";
        events.clear();
        byte[] line = ("{\"id\":" + id + told + (answer.isEmpty() ? "" : ",") + answer + "}\n").getBytes(StandardCharsets.UTF_8);
        try {
            out.write(line);
        } catch (IOException gone) {
            Runtime.getRuntime().halt(0);
        }
    }

    private static String error(String code, String text) {
        return "\"error\":{\"code\":" + Json.quote(code) + ",\"text\":" + Json.quote(text) + "}";
    }

    private String error(Throwable failure) {
        while (failure instanceof InvocationTargetException) {
            failure = failure.getCause();
        }
        if (failure instanceof Refusal) {
            return error(((Refusal) failure).code, failure.getMessage());
        }
        StackTraceElement[] stack = failure.getStackTrace();
        return error("failed", failure + (stack.length == 0 ? "" : " at " + stack[0]));
    }

    private void serve(String line) {
        long id = 0;
        String answer;
        try {
            Request request = new Request(Json.object(line));
            id = request.number("id");
            asked = id;
            answer = answer(request, id);
        } catch (Throwable failure) {
            answer = error(failure);
        }
        asked = 0;
        if (answer != null) {
            print(id, answer);
        }
    }

    // System.exit() in the code under test waits for this hook, and so does whoever asked.
    private void answerExit() {
        String at = "";
        for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
            StackTraceElement[] stack = thread.getValue();
            for (int i = 1; i < stack.length; i++) {
                if (stack[i - 1].getClassName().equals("java.lang.System") && stack[i - 1].getMethodName().equals("exit")) {
                    at = " at " + stack[i];
                }
            }
        }
        String refusal = error("refused", "the code under test called System.exit()" + at + ": " + words.last);
        long id = asked;
        List<String> stores = recovered;
        if (id != 0 && !at.isEmpty()) {
            if (stores != null) {
                stores.add("{" + refusal + "}");
                refusal = "\"stores\":[" + String.join(",", stores) + "]";
            }
            print(id, refusal);
        }
        Runtime.getRuntime().halt(1);
    }

    /** The answer without its id, or null when it comes later. */
    private String answer(Request request, long id) throws Throwable {
        String name = request.text("request");
        boolean isKnown = true;
        boolean needsStore = false;
        switch (name) {
            case "hello":
                return hello();
            case "open":
            case "recover":
                break;
            case "put":
            case "get":
            case "offsets":
            case "wait":
            case "state":
            case "stop":
                needsStore = true;
                break;
            default:
                throw new Refusal("unknown-request", name);
        }
        if (needsStore != (store != null)) {
            throw new Refusal("bad-request", needsStore ? "the store is not open" : "the store is open");
        }
        switch (name) {
            case "open":
                return open(request);
            case "recover":
                return recover(request);
            case "put":
                return put(request, id);
            case "get":
                return get(request.text("topic"), request.small("queue_id"), request.number("queue_offset"));
            case "offsets":
                return offsets(request.text("topic"), request.small("queue_id"));
            case "state":
                return state(store);
            case "wait":
                await();
                return "";
            default:
                return stop();
        }
    }

    private static String hello() {
        return "\"protocol\":" + PROTOCOL + ",\"program\":" + Json.quote("RocketMQ " + MQVersion.getVersionDesc(MQVersion.CURRENT_VERSION))
            + ",\"java\":" + Json.quote(System.getProperty("java.runtime.version"))
            + ",\"can\":[\"recover\"],\"points\":[\"put/acknowledged\",\"clock/ms\"]";
    }

    // ---- the store

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean isDLedger(Request request) throws Refusal {
        return request.text("mode").equals("dledger");
    }

    private DefaultMessageStore make(String dir, Request request) throws Throwable {
        Properties properties = new Properties();
        properties.setProperty("storePathRootDir", dir);
        properties.setProperty("storePathCommitLog", dir + "/commitlog");
        properties.setProperty("haListenPort", "0");
        properties.setProperty("mappedFileSizeCommitLog", String.valueOf(request.number("log_file_size")));
        properties.setProperty("mappedFileSizeConsumeQueue", String.valueOf(request.number("queue_file_units") * UNIT_SIZE_BYTES));
        properties.setProperty("flushDiskType", request.text("flush").equals("sync") ? "SYNC_FLUSH" : "ASYNC_FLUSH");
        // Of the index of keys nothing is judged; 420 MB a file are its default.
        properties.setProperty("maxHashSlotNum", "1024");
        properties.setProperty("maxIndexNum", "4096");
        // Nothing goes because of its age or the disk's.
        properties.setProperty("fileReservedTime", "1000000");
        properties.setProperty("diskMaxUsedSpaceRatio", "95");
        properties.setProperty("cleanFileForciblyEnable", "false");
        if (isDLedger(request)) {
            properties.setProperty("enableDLegerCommitLog", "true");
            properties.setProperty("dLegerGroup", "g0");
            properties.setProperty("dLegerPeers", "n0-127.0.0.1:" + freePort());
            properties.setProperty("dLegerSelfId", "n0");
        }
        Object settings = request.keys.get("settings"); // MessageStoreConfig's own, for whoever asks by hand
        if (settings instanceof Map) {
            ((Map<?, ?>) settings).forEach((key, value) -> properties.setProperty(key.toString(), value.toString()));
        }
        MessageStoreConfig config = new MessageStoreConfig();
        BrokerConfig broker = new BrokerConfig();
        MixAll.properties2Object(properties, config);
        MixAll.properties2Object(properties, broker);
        MessageArrivingListener nobody = (MessageArrivingListener) Proxy.newProxyInstance(
            RealTarget.class.getClassLoader(), new Class<?>[] {MessageArrivingListener.class}, (x, y, z) -> null);
        Object[] given = {config, new BrokerStatsManager("killpoint", true), nobody, broker, new ConcurrentHashMap<>()};
        for (Constructor<?> made : DefaultMessageStore.class.getConstructors()) {
            if (made.getParameterCount() == 4 || made.getParameterCount() == 5) {
                DefaultMessageStore store = (DefaultMessageStore) made.newInstance(Arrays.copyOf(given, made.getParameterCount()));
                resizeIndex(store, request.number("index_file_units") * INDEX_UNIT_SIZE_BYTES);
                return store;
            }
        }
        throw new IllegalStateException("DefaultMessageStore has no constructor of four or five parameters");
    }

    // DLedger has a size for its index files, RocketMQ no key for it.
    private static void resizeIndex(DefaultMessageStore store, long sizeBytes) throws Exception {
        Object files = ledger(store);
        if (files != null) {
            Object list = field(files, "indexFileList");
            Field size = list.getClass().getDeclaredField("mappedFileSize");
            size.setAccessible(true);
            size.setInt(list, (int) sizeBytes);
        }
    }

    private static Object field(Object of, String name) throws Exception {
        for (Class<?> type = of.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    field.setAccessible(true);
                    return field.get(of);
                }
            }
        }
        throw new NoSuchFieldException(of.getClass() + "." + name);
    }

    private static Object call(Object of, String name, Object... given) throws Exception {
        for (Class<?> type = of.getClass(); type != null; type = type.getSuperclass()) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.getName().equals(name) && method.getParameterCount() == given.length) {
                    method.setAccessible(true);
                    return method.invoke(of, given);
                }
            }
        }
        throw new NoSuchMethodException(of.getClass() + "." + name);
    }

    /** DLedger's file store; null in plain mode. */
    private static Object ledger(DefaultMessageStore store) throws Exception {
        CommitLog log = store.getCommitLog();
        return log instanceof DLedgerCommitLog ? field(log, "dLedgerFileStore") : null;
    }

    private static long ledgerNumber(Object files, String name) throws Exception {
        return (Long) call(files, name);
    }

    private static boolean isLeader(DefaultMessageStore store) throws Exception {
        Object server = field(store.getCommitLog(), "dLedgerServer");
        return (Boolean) call(call(server, "getMemberState"), "isLeader");
    }

    private String open(Request request) throws Throwable {
        String dir = request.text("dir");
        boolean isAbnormal = new File(dir, "abort").exists();
        DefaultMessageStore made = make(dir, request);
        if (!made.load()) {
            throw new Refusal("refused", "load() returned false: " + words.last);
        }
        made.start();
        if (isDLedger(request)) { // what the broker's handler of DLedger's roles does before it takes a put
            while (!isLeader(made) || isBusy(made)) {
                Thread.sleep(WAIT_MS);
            }
            made.recoverTopicQueueTable();
        }
        store = made;
        ledgerCheckpoint = isDLedger(request) ? new File(dir, "dledger-n0/checkpoint") : null;
        tell("opened");
        tell(isAbnormal ? "recovery-abnormal" : "recovery-normal");
        return "";
    }

    private static boolean isBusy(DefaultMessageStore store) throws Exception {
        Object files = ledger(store);
        return store.dispatchBehindBytes() > 0
            || files != null && ledgerNumber(files, "getCommittedIndex") != ledgerNumber(files, "getLedgerEndIndex");
    }

    private void await() throws Exception {
        while (unanswered.get() > 0 || isBusy(store)) {
            Thread.sleep(WAIT_MS);
        }
    }

    private String stop() throws Exception {
        File abort = new File(store.getMessageStoreConfig().getStorePathRootDir(), "abort");
        store.shutdown();
        store = null;
        tell("closed");
        if (abort.exists()) {
            throw new Refusal("failed", "shutdown() left the file 'abort': " + words.last);
        }
        return "";
    }

    // ---- puts

    private static MessageExtBrokerInner message(Request request) throws Exception {
        MessageExtBrokerInner message = new MessageExtBrokerInner();
        String properties = new String(request.bytes("properties"), StandardCharsets.UTF_8);
        byte[] address = request.bytes("born_address");
        MessageAccessor.setProperties(message, new HashMap<>(MessageDecoder.string2messageProperties(properties)));
        message.setTopic(request.text("topic"));
        message.setQueueId(request.small("queue_id"));
        message.setFlag(request.small("flag"));
        message.setSysFlag(request.small("sys_flag"));
        message.setBornTimestamp(request.number("born_timestamp_ms"));
        message.setBornHost(new InetSocketAddress(InetAddress.getByAddress(address), request.small("born_port")));
        if (address.length == 16) {
            message.setBornHostV6Flag();
        }
        message.setStoreHost(STORE_HOST);
        message.setReconsumeTimes(request.small("reconsume_times"));
        message.setPreparedTransactionOffset(request.number("prepared_transaction_offset"));
        message.setBody(request.bytes("body"));
        message.setWaitStoreMsgOK(request.flag("wait", true));
        message.setPropertiesString(properties);
        return message;
    }

    private String put(Request request, long id) throws Exception {
        MessageExtBrokerInner message = message(request);
        unanswered.incrementAndGet();
        store.asyncPutMessage(message).whenComplete((result, failure) -> {
            print(id, failure == null ? outcome(result) : error(failure));
            unanswered.decrementAndGet();
        });
        return null;
    }

    private static String outcome(PutMessageResult result) {
        String status = result.getPutMessageStatus().name().replace("MAPEDFILE", "MAPPED_FILE");
        AppendMessageResult where = result.getAppendMessageResult();
        return "\"status\":" + Json.quote(status)
            + (where == null ? "" : ",\"queue_offset\":" + where.getLogicsOffset() + ",\"physical_offset\":" + where.getWroteOffset()
                + ",\"size\":" + where.getWroteBytes() + ",\"store_timestamp_ms\":" + where.getStoreTimestamp());
    }

    // ---- reads

    /** The unit's bytes; null when there is none. */
    private static ByteBuffer unit(DefaultMessageStore store, String topic, int queue, long offset) throws Exception {
        var logic = store.getConsumeQueue(topic, queue);
        if (!(logic instanceof ConsumeQueue) || offset < logic.getMinOffsetInQueue() || offset >= logic.getMaxOffsetInQueue()) {
            return null;
        }
        SelectMappedBufferResult found = ((ConsumeQueue) logic).getIndexBuffer(offset);
        if (found == null) {
            return null;
        }
        try {
            byte[] bytes = new byte[UNIT_SIZE_BYTES];
            found.getByteBuffer().get(bytes);
            return ByteBuffer.wrap(bytes);
        } finally {
            found.release();
        }
    }

    /** The record as a consumer gets it; null, with a reason, when it gets none. */
    private static byte[] record(DefaultMessageStore store, String topic, int queue, long offset, String[] ret_why) throws Exception {
        GetMessageResult result = store.getMessage("killpoint", topic, queue, offset, 1, null);
        if (result == null) {
            ret_why[0] = "getMessage() returned null";
            return null;
        }
        try {
            ret_why[0] = String.valueOf(result.getStatus());
            if (result.getMessageMapedList().isEmpty()) {
                return null;
            }
            SelectMappedBufferResult found = result.getMessageMapedList().get(0);
            byte[] bytes = new byte[found.getSize()];
            found.getByteBuffer().slice().get(bytes);
            return bytes;
        } finally {
            result.release();
        }
    }

    private String get(String topic, int queue, long offset) throws Exception {
        String[] why = new String[1];
        ByteBuffer unit = unit(store, topic, queue, offset);
        byte[] record = record(store, topic, queue, offset, why);
        if (record == null || unit == null) {
            throw new Refusal("no-data", "'" + topic + "' queue " + queue + " gives nothing at " + offset + ": " + why[0]);
        }
        return "\"record\":\"" + Base64.getEncoder().encodeToString(record) + "\",\"physical_offset\":" + unit.getLong(0)
            + ",\"tags_code\":" + unit.getLong(12);
    }

    private String offsets(String topic, int queue) throws Exception {
        var logic = store.getConsumeQueue(topic, queue);
        return logic == null ? "\"min\":0,\"max\":0"
                             : "\"min\":" + logic.getMinOffsetInQueue() + ",\"max\":" + logic.getMaxOffsetInQueue();
    }

    /** All that can be read: the log's ends, and of each queue its ends, its units and its records, as sums. */
    private static String state(DefaultMessageStore store) throws Exception {
        StringBuilder queues = new StringBuilder();
        String[] why = new String[1];
        long count = 0;
        for (var topic : new TreeMap<>(store.getConsumeQueueTable()).entrySet()) {
            for (var queue : new TreeMap<>(topic.getValue()).entrySet()) {
                long min = queue.getValue().getMinOffsetInQueue();
                long max = queue.getValue().getMaxOffsetInQueue();
                CRC32 units = new CRC32();
                CRC32 records = new CRC32();
                StringBuilder unread = new StringBuilder();
                for (long i = min; i < max; i++) {
                    ByteBuffer unit = unit(store, topic.getKey(), queue.getKey(), i);
                    byte[] record = record(store, topic.getKey(), queue.getKey(), i, why);
                    if (unit == null || record == null) {
                        unread.append(unread.length() == 0 ? "" : ",").append("[").append(i).append(",").append(Json.quote(why[0])).append("]");
                        continue;
                    }
                    units.update(unit.array());
                    records.update(record);
                    count++;
                }
                queues.append(queues.length() == 0 ? "" : ",").append("{\"topic\":").append(Json.quote(topic.getKey()))
                    .append(",\"queue_id\":").append(queue.getKey()).append(",\"min\":").append(min).append(",\"max\":").append(max)
                    .append(",\"units_crc\":").append(units.getValue()).append(",\"records_crc\":").append(records.getValue())
                    .append(",\"unread\":[").append(unread).append("]}");
            }
        }
        return "\"log_min\":" + store.getMinPhyOffset() + ",\"log_max\":" + store.getMaxPhyOffset() + ",\"records\":" + count
            + ",\"queues\":[" + queues + "]";
    }

    // ---- many recoveries in one process

    private String recover(Request request) throws Throwable {
        List<String> stores = Collections.synchronizedList(new ArrayList<>());
        recovered = stores;
        for (Object dir : request.list("dirs")) {
            DefaultMessageStore made = null;
            String said;
            try {
                made = make(String.valueOf(dir), request);
                said = recover(made, request.flag("read", false));
            } catch (Throwable failure) {
                said = error(failure);
            }
            stores.add("{" + said + "}");
            if (made != null) {
                letGo(made);
            }
        }
        recovered = null;
        return "\"stores\":[" + String.join(",", stores) + "]";
    }

    // What start() does, without anything that runs by itself: load() is the recovery, then the dispatch goes on, and the
    // queues' next offsets are taken from the queues.
    private String recover(DefaultMessageStore store, boolean isRead) throws Exception {
        if (!store.load()) {
            throw new Refusal("refused", "load() returned false: " + words.last);
        }
        long from = dispatchFrom(store); // of 5.x, before anything more is committed
        Object files = ledger(store);
        if (files != null) { // a leader of one node commits all that it has, at once
            Object member = call(field(store.getCommitLog(), "dLedgerServer"), "getMemberState");
            call(files, "load");
            call(files, "recover");
            call(files, "updateCommittedIndex", call(member, "currTerm"), call(files, "getLedgerEndIndex"));
        }
        Object reput = field(store, "reputMessageService");
        call(reput, "setReputFromOffset", from);
        for (long behind = Long.MAX_VALUE; store.dispatchBehindBytes() > 0 && store.dispatchBehindBytes() < behind;) {
            behind = store.dispatchBehindBytes();
            call(reput, "doReput");
        }
        if (store.dispatchBehindBytes() > 0) {
            throw new Refusal("failed", "the dispatch stays " + store.dispatchBehindBytes() + " bytes behind: " + words.last);
        }
        call(store, "recoverTopicQueueTable");
        setFalse(store, "shutdown"); // reads are forbidden before start()
        return isRead ? state(store) : "";
    }

    // Where start() has the dispatch begin.  Of 5.x that is what recovery left as confirmed, and with a setting, and of
    // 4.9 always, the furthest unit.
    private static long dispatchFrom(DefaultMessageStore store) throws Exception {
        try {
            if (!(Boolean) call(store.getMessageStoreConfig(), "isRecheckReputOffsetFromCq")) {
                return store.getCommitLog().getConfirmOffset();
            }
        } catch (NoSuchMethodException older) {
            // 4.9
        }
        long from = Math.max(0, store.getCommitLog().getMinOffset());
        for (var topic : store.getConsumeQueueTable().values()) {
            for (var queue : topic.values()) {
                from = Math.max(from, queue.getMaxPhysicOffset());
            }
        }
        return from;
    }

    private static void setFalse(Object of, String name) throws Exception {
        Field field = DefaultMessageStore.class.getDeclaredField(name);
        field.setAccessible(true);
        field.setBoolean(of, false);
    }

    // Whatever a store that was never started holds on to, wherever it keeps it: mappings, files, pools of threads.  Its
    // own shutdown() sleeps for seconds, writes, and is not for a store that was not started.
    private static void letGo(DefaultMessageStore store) throws Exception {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> todo = new ArrayDeque<>();
        todo.add(store);
        for (Object one = todo.poll(); one != null; one = todo.poll()) {
            if (!seen.add(one)) {
                continue;
            }
            if (one instanceof MappedByteBuffer) {
                unmap((MappedByteBuffer) one);
            } else if (one instanceof ExecutorService) {
                ((ExecutorService) one).shutdownNow();
            } else if (one instanceof Timer) {
                ((Timer) one).cancel();
            } else if (one instanceof AutoCloseable) {
                addFields(todo, one); // caches lie within the options of a RocksDB
                ((AutoCloseable) one).close();
            } else if (one instanceof Map) {
                todo.addAll(((Map<?, ?>) one).values());
            } else if (one instanceof Collection) {
                ((Collection<?>) one).stream().filter(x -> x != null).forEach(todo::add);
            } else if (one instanceof AtomicReference) {
                add(todo, ((AtomicReference<?>) one).get());
            } else if (one instanceof Object[]) {
                Arrays.stream((Object[]) one).filter(x -> x != null).forEach(todo::add);
            } else if (isTheirs(one.getClass())) {
                addFields(todo, one);
            }
        }
    }

    private static boolean isTheirs(Class<?> type) {
        return type.getName().startsWith("org.apache.rocketmq.") || type.getName().startsWith("io.openmessaging.")
            || type.getName().startsWith("org.rocksdb.");
    }

    private static void add(Deque<Object> todo, Object one) {
        if (one != null) {
            todo.add(one);
        }
    }

    private static void addFields(Deque<Object> todo, Object of) throws Exception {
        if (of instanceof ServiceThread && ((AtomicBoolean) field(of, "started")).get()) { // 4.9's constructor starts some
            ((ServiceThread) of).shutdown();
        }
        for (Class<?> type = of.getClass(); type != null && isTheirs(type); type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                    field.setAccessible(true);
                    add(todo, field.get(of));
                }
            }
        }
    }

    private static final Object UNSAFE = unsafe();
    private static final Method CLEAN = clean();

    private static Object unsafe() {
        try {
            Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return field.get(null);
        } catch (ReflectiveOperationException gone) {
            throw new IllegalStateException(gone);
        }
    }

    private static Method clean() {
        try {
            return UNSAFE.getClass().getMethod("invokeCleaner", ByteBuffer.class);
        } catch (ReflectiveOperationException gone) {
            throw new IllegalStateException(gone);
        }
    }

    private static void unmap(MappedByteBuffer buffer) {
        try {
            CLEAN.invoke(UNSAFE, buffer);
        } catch (ReflectiveOperationException duplicate) {
            // A slice or duplicate: its original is met elsewhere.
        }
    }
}
