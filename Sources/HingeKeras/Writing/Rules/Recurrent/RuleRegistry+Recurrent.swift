import HingeOperators

extension RuleRegistry {
    /// The recurrent operators: the gates i, o, f, c of LSTM are Keras's i, f, c, o; those of the others agree.
    static let recurrent: [any OperatorRule] = [
        RecurrentRule<LSTM>(
            make: { LSTMLayer(settings: $2, step: LSTMCellLayer(settings: $1)) },
            gates: [0, 2, 3, 1]),
        RecurrentRule<GRU>(
            make: { gru, cell, settings in
                GRULayer(
                    settings: settings,
                    step: GRUCellLayer(settings: cell, resetAfter: gru.isLinearBeforeReset))
            }, gates: [0, 1, 2]),
        RecurrentRule<RNN>(
            make: { SimpleRNNLayer(settings: $2, step: SimpleRNNCellLayer(settings: $1)) },
            gates: [0]),
    ]
}
