import static org.apache.spark.sql.functions.call_udf;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.unix_date;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.io.sstable.CQLSSTableWriter;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;

/**
 * The nightly job that Verdigris replaces, at its best: TPC-H orders are cut into token ranges, sorted by token, and each
 * range is written by a CQLSSTableWriter that is told that its rows are sorted.
 *
 * <p>Arguments: the Parquet file, a folder for the tables, the number of ranges, the number of cores. Prints the rows written.
 */
public final class OrdersToTables {
  private static final String TABLE =
      "CREATE TABLE bench.orders (o_orderkey bigint PRIMARY KEY, o_custkey bigint, o_orderstatus text, o_totalprice double,"
          + " o_orderdate int, o_orderpriority text, o_clerk text, o_shippriority int, o_comment text)"
          + " WITH bloom_filter_fp_chance = 0.001"
          + " AND compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 16}";
  private static final String INSERT =
      "INSERT INTO bench.orders (o_orderkey, o_custkey, o_orderstatus, o_totalprice, o_orderdate, o_orderpriority, o_clerk,"
          + " o_shippriority, o_comment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1";
  private static final AtomicLong WRITTEN = new AtomicLong(); // Spark's tasks are threads of this process

  public static void main(String[] args) {
    String source = args[0];
    String target = args[1];
    int ranges = Integer.parseInt(args[2]);
    SparkSession spark =
        SparkSession.builder()
            .appName("orders")
            .master("local[" + args[3] + "]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.local.dir", target + "/scratch")
            .config("spark.sql.adaptive.enabled", false)
            .getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    spark.udf().register("token_of", (UDF1<Long, Long>) OrdersToTables::token, DataTypes.LongType);
    Dataset<Row> orders = spark.read().parquet(source);
    orders =
        orders
            .withColumn("o_totalprice", col("o_totalprice").cast("double"))
            .withColumn("o_orderdate", unix_date(col("o_orderdate")))
            .withColumn("token", call_udf("token_of", col("o_orderkey")))
            .select(
                "token", "o_orderkey", "o_custkey", "o_orderstatus", "o_totalprice", "o_orderdate", "o_orderpriority", "o_clerk",
                "o_shippriority", "o_comment")
            .repartitionByRange(ranges, col("token"))
            .sortWithinPartitions("token", "o_orderkey");
    orders.foreachPartition((ForeachPartitionFunction<Row>) rows -> write(rows, target));
    System.out.println(WRITTEN.get());
    spark.stop();
    System.exit(0); // Cassandra leaves threads behind
  }

  private static long token(long key) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).putLong(0, key);
    return (Long) Murmur3Partitioner.instance.getToken(bytes).getTokenValue();
  }

  private static void write(Iterator<Row> rows, String target) throws IOException {
    // A folder for each range: every writer of one process begins its file names anew.
    Path folder = Path.of(target, "range-" + TaskContext.getPartitionId(), "bench", "orders");
    Files.createDirectories(folder);
    try (CQLSSTableWriter writer =
        CQLSSTableWriter.builder()
            .inDirectory(folder.toString())
            .forTable(TABLE)
            .withPartitioner(Murmur3Partitioner.instance)
            .using(INSERT)
            .sorted()
            .build()) {
      Object[] cells = new Object[9];
      while (rows.hasNext()) {
        Row row = rows.next();
        for (int i = 0; i < cells.length; i++) {
          cells[i] = row.get(i + 1);
        }
        writer.addRow(cells);
        WRITTEN.incrementAndGet();
      }
    }
  }
}
