import HingeGraph
import HingeOperators

/// Makes a model smaller and simpler without changing what it computes: a sequence of passes, until none
/// finds anything more to do.
///
/// Rules, in order: inline functions; fold constants; eliminate identities; compute normalizations into weights;
/// recognise Gelu, LayerNormalization, Swish, HardSwish and Mish; remove what is unused.
public struct Simplify: Pass {
    /// The name of the pass.
    public static let name = "simplify"

    /// Whether to write the model in the newest opset first, so that operators that its own opset doesn't
    /// have can be recognised; a model that can't be converted stays in its opset.
    public var raisesOpset: Bool
    /// How types are inferred, and with which input shapes.
    public var inference: InferTypes

    /// Creates the pass.
    public init(raisesOpset: Bool = false, inference: InferTypes = InferTypes()) {
        self.raisesOpset = raisesOpset
        self.inference = inference
    }

    /// The largest number of rounds; each one finds what the one before has made possible.
    private static let roundLimit = 4

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        var changed = try InlineFunctions().run(&model)
        if raisesOpset {
            var raised = model
            if (try? ConvertOpset(to: ConvertOpset.newest).run(&raised)) == true {
                model = raised
                changed = true
            }
        }
        for _ in 0..<Simplify.roundLimit {
            let passes: [any Pass] = [
                FoldConstants(inference: inference), EliminateIdentity(inference: inference),
                FuseBatchNormalization(), FuseGelu(), FuseLayerNormalization(), FuseSwish(),
                FuseHardSwish(), FuseMish(), RemoveUnused(),
            ]
            guard try model.run(passes) else { break }
            changed = true
        }
        return changed
    }
}
