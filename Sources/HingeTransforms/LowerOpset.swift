import HingeGraph
import HingeOperators

/// Writes a model's nodes in an older version of the standard operators, which more readers know.
///
/// Rules:
/// 1. The version is the oldest from ``least`` on that can express all nodes, with none of them
///    between casts.
/// 2. A model that is in an older version than ``least`` stays as it is.
public struct LowerOpset: ModelPass {
    /// The name of the pass.
    public static let name = "lower-opset"

    /// The oldest version to write.
    public var least: Int

    /// Creates the pass.
    public init(to least: Int = GraphBuilder.defaultOpset) {
        self.least = least
    }

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        guard let version = model.opset(of: ""), version > least else { return false }
        for target in least..<version {
            do {
                return try ConvertOpset(to: target, castsElements: false).run(&model)
            } catch let error as HingeError where error.code == .unsupported {
                continue
            }
        }
        return false
    }
}
