#if OneDNN
    internal import COneDNN
    import HingeOperators

    /// A simple recurrent layer, with tanh.
    enum RNNLowering: Lowering {
        static var isWorthPlanning: Bool { true }
        static var givesSeveral: Bool { true }

        static func lower(
            _ operation: RNN, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            let cell = RecurrentCell(
                gates: [0], bound: { _, _ in 1 },
                make: { dnn_simple_rnn($0, $1, dnnl_eltwise_tanh, $2, $3, $4) })
            return try builder.lower(operation, cell, node)
        }
    }
#endif
