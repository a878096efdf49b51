internal import CVectorMath
import HingeGraph
import HingeOperators

/// A function of 8-bit integers to 8-bit integers, elementwise, as the table of all its values.
///
/// Input 0 is of integers, input 1 the table, `[256]`, in the order of their bytes.
struct TableLookup: InternalOperator {
    static let type = "TableLookup"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(context.dataType(1), context.shape(0))]
    }

    var locality: Locality { .elementwise }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (x, table) = (try context.input(0), try context.input(1))
        guard x.dataType.bitWidth == 8, table.dataType.bitWidth == 8, table.shape == [256] else {
            throw HingeError(
                .mismatch, "expected 8-bit integers and a table of 256, found \(table.shape)")
        }
        let type = table.dataType
        return { context in
            let (x, table) = (try context.input(0), try context.input(1))
            let y = try context.output(0, type, x.shape)
            x.withUnsafeBytes { x in
                table.withUnsafeBytes { table in
                    Self.look(up: x, in: table, to: y.bytes)
                }
            }
        }
    }

    private static func look(
        up x: UnsafeRawBufferPointer, in table: UnsafeRawBufferPointer,
        to y: UnsafeMutableRawBufferPointer
    ) {
        let count = y.count
        guard let x = x.baseAddress, let y = y.baseAddress, let table = table.baseAddress else {
            return
        }
        nonisolated(unsafe) let source = x.assumingMemoryBound(to: UInt8.self)
        nonisolated(unsafe) let target = y.assumingMemoryBound(to: UInt8.self)
        nonisolated(unsafe) let values = table.assumingMemoryBound(to: UInt8.self)
        parallelFor(count, cost: 3) { range in
            hinge_lookup(
                source + range.lowerBound, target + range.lowerBound, range.count, values)
        }
    }
}
