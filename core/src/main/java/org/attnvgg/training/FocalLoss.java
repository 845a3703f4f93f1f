package org.attnvgg.training;

import java.io.Serializable;

/**
 * Focal loss of one logit, α(1-p)^γ·BCE with p = exp(-BCE) (Lin et al., "Focal Loss for Dense Object Detection",
 * https://arxiv.org/abs/1708.02002), in the notebook's form: α weighs both classes alike. Computed from the logit in
 * double, where the notebook's sigmoid followed by a logarithm overflows in float32.
 *
 * @param alpha weight of every example
 * @param gamma how fast well-classified examples fade; 0 gives cross entropy
 */
public record FocalLoss(double alpha, double gamma) implements Serializable {

    private static final long serialVersionUID = 1;

    /** The notebook's choice. */
    public static final FocalLoss NOTEBOOK = new FocalLoss(0.25, 2);

    public FocalLoss {
        if (!(alpha > 0) || !(gamma >= 0)) {
            throw new IllegalArgumentException(
                    "focal loss: alpha = " + alpha + ", gamma = " + gamma + ": need alpha > 0 and gamma >= 0");
        }
    }

    /** The loss of a logit whose label is 0 or 1. */
    public double loss(double logit, double target) {
        double bce = crossEntropy(logit, target);
        return alpha * Math.pow(-Math.expm1(-bce), gamma) * bce;
    }

    /** The derivative of {@link #loss} by the logit. */
    public double gradient(double logit, double target) {
        double bce = crossEntropy(logit, target);
        double wrong = -Math.expm1(-bce); // 1 - p
        // γ(1-p)^(γ-1)·p·BCE, written so that it stays finite where 1-p vanishes: BCE / (1-p) tends to 1 there.
        double ratio = wrong > 0 ? bce / wrong : 1;
        double byCrossEntropy = Math.pow(wrong, gamma) * (1 + gamma * Math.exp(-bce) * ratio);
        return alpha * byCrossEntropy * (sigmoid(logit) - target);
    }

    private static double crossEntropy(double logit, double target) {
        return Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
    }

    /** The probability that a logit stands for. */
    public static double sigmoid(double logit) {
        return logit >= 0 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / (1 + Math.exp(logit));
    }
}
