import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

@Suite struct ActivationRuleTests {
    static let cases: [RuleCase] = [
        .unary(Relu(), "ReLU {}"),
        .unary(LeakyRelu(alpha: 0.1), #"LeakyReLU {"negative_slope": 0.1}"#),
        .unary(Elu(alpha: 0.7), #"ELU {"alpha": 0.7}"#),
        .unary(Selu(), #"Activation {"activation": "selu"}"#),
        .unary(Celu(alpha: 1), #"ELU {"alpha": 1.0}"#),
        .unary(Celu(alpha: 0.5), #"nn.Celu {"alpha": 0.5}(x)"#),
        .unary(ThresholdedRelu(alpha: 0.25), #"ReLU {"threshold": 0.25}"#),
        .unary(Sigmoid(), #"Activation {"activation": "sigmoid"}"#),
        .unary(
            HardSigmoid(alpha: 0.2, beta: 0.5), #"Rescaling {"scale": 0.2, "offset": 0.5}"#,
            #"ReLU {"max_value": 1.0}"#),
        .unary(
            HardSigmoid(alpha: 1 / 6, beta: 0.5), #"Activation {"activation": "hard_sigmoid"}"#),
        .unary(Tanh(), #"Activation {"activation": "tanh"}"#),
        .unary(Softplus(), #"Activation {"activation": "softplus"}"#),
        .unary(Softsign(), #"Activation {"activation": "softsign"}"#),
        .unary(Softmax(axis: -1), #"Softmax {"axis": -1}"#),
        .unary(Softmax(axis: 1), #"Softmax {"axis": 1}"#, shape: ["N", 3, 4]),
        .unary(LogSoftmax(axis: -1), #"Activation {"activation": "log_softmax"}"#),
        .unary(LogSoftmax(axis: 1), #"nn.LogSoftmax {"axis": 1}(x)"#, shape: ["N", 3, 4]),
        .unary(Gelu(), #"Activation {"activation": "gelu"}"#),
        .unary(HardSwish(), #"Activation {"activation": "hard_silu"}"#),
        .unary(Mish(), #"Activation {"activation": "mish"}"#),
        .with(
            Clip(), [Tensor(scalar: Float(0)), Tensor(scalar: Float(6))],
            #"ReLU {"max_value": 6.0}"#, shape: ["N", 6]),
        .with(
            Clip(), [Tensor(scalar: Float(-0.5)), Tensor(scalar: Float(0.5))],
            #"numpy.Clip {"x_min": -0.5, "x_max": 0.5}(x)"#, shape: ["N", 6]),
        .with(PRelu(), [numbers([6])], "PReLU {}", shape: ["N", 6]),
        // Channels first, the slopes are transposed with what they broadcast to.
        .with(
            PRelu(), [numbers([3, 1, 1])], #"PReLU {"shared_axes": [2, 3]}"#,
            shape: ["N", 3, 4, 5]),
    ]

    @Test(arguments: cases)
    func writes(_ rule: RuleCase) throws {
        #expect(try layers(rule.model()) == rule.layers)
    }

    /// What was written computes the same: rounding differs where Keras states a function in another way.
    @Test(arguments: cases)
    func computesTheSame(_ rule: RuleCase) throws {
        let model = try rule.model()
        #expect(try difference(rewritten(model, .archive), model) <= 1e-6)
    }

    /// Legacy files know Keras 2's names, and never `hard_sigmoid`, which means something else there.
    @Test func writesLegacyNames() throws {
        let leaky = try model(["N", 6]) { try $0.append(LeakyRelu(alpha: 0.1), $1) }
        #expect(try layers(leaky, target: .legacy) == [#"LeakyReLU {"alpha": 0.1}"#])
        let hard = try model(["N", 6]) { try $0.append(HardSigmoid(alpha: 0.2, beta: 0.5), $1) }
        #expect(
            try layers(hard, target: .legacy) == [
                #"Rescaling {"scale": 0.2, "offset": 0.5}"#, #"ReLU {"max_value": 1.0}"#,
            ])
        #expect(try difference(rewritten(hard, .legacyModel), hard) <= 1e-6)
    }
}
